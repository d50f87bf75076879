#include "citus_init/http/client.h"

#include <array>
#include <utility>

#include <fmt/core.h>

#include "http/library.h"

namespace citus_init::http {

namespace {

using std::chrono::milliseconds;

const char* method_name(Method method) {
    switch (method) {
        case Method::get:
            return "GET";
        case Method::post:
            return "POST";
        case Method::patch:
            return "PATCH";
    }
    return "";
}

ExitCode code_of(CURLcode code) {
    // Many and growing: what is not named here is an answer that is none.
    if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT ||
        code == CURLE_OPERATION_TIMEDOUT || code == CURLE_GOT_NOTHING || code == CURLE_SEND_ERROR ||
        code == CURLE_RECV_ERROR) {
        return ExitCode::unavailable;
    }
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR) {
        return ExitCode::permission;
    }
    if (code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CACERT_BADFILE ||
        code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
        return ExitCode::config;
    }
    return ExitCode::io;
}

std::size_t take_answer(const char* data, std::size_t size, std::size_t count, void* target) {
    auto& body = *static_cast<std::string*>(target);
    const std::size_t length = size * count;
    if (body.size() + length > Client::kLargestAnswer) {
        return 0;  // curl ends the request: CURLE_WRITE_ERROR
    }
    body.append(data, length);
    return length;
}

class List {
  public:
    explicit List(const Library& library) : library_(library) {}
    List(const List&) = delete;
    List& operator=(const List&) = delete;
    ~List() { library_.free_list(list_); }

    curl_slist* with(const std::string& text) {
        list_ = library_.append(list_, text.c_str());
        return list_;
    }

  private:
    const Library& library_;
    curl_slist* list_ = nullptr;
};

}  // namespace

std::string without_user(const std::string& url) {
    const auto start = url.find("://");
    const auto host = start == std::string::npos ? 0 : start + 3;
    const auto end = url.find('/', host);
    const auto at = url.rfind('@', end);
    return at == std::string::npos || at < host ? url : url.substr(0, host) + url.substr(at + 1);
}

class Client::Handle {
  public:
    explicit Handle(const Library& library) : library_(library), handle_(library.init()) {}
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() { library_.cleanup(handle_); }

    bool is_there() const { return handle_ != nullptr; }

    Result<Response> request(Method method, const std::string& url, const RequestOptions& options) {
        library_.reset(handle_);
        Response response;
        std::array<char, CURL_ERROR_SIZE> reason{};
        List headers(library_);
        List targets(library_);
        set_common(url, options, response, reason.data());
        set_security(options);
        if (!options.connect_host.empty()) {
            // Any host and port of the URL, to this host and the same port.
            const bool is_ipv6 = options.connect_host.find(':') != std::string::npos;
            set(CURLOPT_CONNECT_TO,
                targets.with(fmt::format(fmt::runtime(is_ipv6 ? "::[{}]:" : "::{}:"),
                                         options.connect_host)));
        }
        if (method != Method::get) {
            set(CURLOPT_CUSTOMREQUEST, method_name(method));
            set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(options.body.size()));
            set(CURLOPT_POSTFIELDS, options.body.c_str());
            set(CURLOPT_HTTPHEADER, headers.with("Content-Type: application/json"));
        }
        if (!options.authorization.empty()) {
            set(CURLOPT_HTTPHEADER,
                headers.with("Authorization: " + options.authorization.reveal()));
        }
        const CURLcode code = library_.perform(handle_);
        if (code != CURLE_OK) {
            const bool has_reason = reason.front() != '\0';
            return fail(code_of(code),
                        fmt::format("{} {}: {}", method_name(method), without_user(url),
                                    has_reason ? reason.data() : library_.error_text(code)));
        }
        long status = 0;
        library_.get(handle_, CURLINFO_RESPONSE_CODE, &status);
        response.status = static_cast<int>(status);
        return response;
    }

  private:
    template <typename Value>
    void set(CURLoption option, Value value) {
        library_.set(handle_, option, value);
    }

    void set_common(const std::string& url, const RequestOptions& options, Response& response,
                    char* reason) {
        set(CURLOPT_URL, url.c_str());
        set(CURLOPT_ERRORBUFFER, reason);
        set(CURLOPT_PROTOCOLS_STR, "http,https");
        set(CURLOPT_USERAGENT, "citus-init");
        set(CURLOPT_FOLLOWLOCATION, 0L);
        // The environment's proxy is for the way out, not for this cluster's own members.
        set(CURLOPT_PROXY, "");
        // Timeouts by SIGALRM would be another thread's.
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
        set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
        set(CURLOPT_WRITEFUNCTION, &take_answer);
        set(CURLOPT_WRITEDATA, static_cast<void*>(&response.body));
    }

    void set_security(const RequestOptions& options) {
        set(CURLOPT_SSL_VERIFYPEER, options.verify ? 1L : 0L);
        set(CURLOPT_SSL_VERIFYHOST, options.verify ? 2L : 0L);
        if (!options.ca_path.empty()) {
            set(CURLOPT_CAINFO, options.ca_path.c_str());
        }
        if (!options.certificate_path.empty()) {
            set(CURLOPT_SSLCERT, options.certificate_path.c_str());
            set(CURLOPT_SSLKEY, options.key_path.c_str());
        }
        if (!options.user.empty()) {
            set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
            set(CURLOPT_USERNAME, options.user.c_str());
            set(CURLOPT_PASSWORD, options.password.reveal().c_str());
        }
    }

    Library library_;
    CURL* handle_;
};

Client::Client(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<Client> Client::create() {
    auto library = load_library(kLibraries);
    if (!library) {
        return fail(library.error());
    }
    // Counted by libcurl; never undone, since the library stays until the process ends.
    if (library->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return fail(ExitCode::os, "cannot initialise libcurl");
    }
    auto handle = std::make_unique<Handle>(*library);
    if (!handle->is_there()) {
        return fail(ExitCode::os, "cannot initialise libcurl: out of memory");
    }
    return Client(std::move(handle));
}

Result<Response> Client::request(Method method, const std::string& url,
                                 const RequestOptions& options) {
    return handle_->request(method, url, options);
}

}  // namespace citus_init::http
