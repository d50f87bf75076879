// What libfmt.so has and the headers only declare, as fmt's own build makes it: its functions, and
// the templates that its headers say are instantiated elsewhere.
#include <fmt/format-inl.h>

FMT_BEGIN_NAMESPACE
namespace detail {

template auto dragonbox::to_decimal(float) noexcept -> dragonbox::decimal_fp<float>;
template auto dragonbox::to_decimal(double) noexcept -> dragonbox::decimal_fp<double>;
template auto thousands_sep_impl(locale_ref) -> thousands_sep_result<char>;
template auto decimal_point_impl(locale_ref) -> char;
#if FMT_VERSION >= 100000
template void buffer<char>::append(const char*, const char*);
#endif

}  // namespace detail
FMT_END_NAMESPACE
