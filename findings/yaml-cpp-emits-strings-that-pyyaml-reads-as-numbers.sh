#!/bin/sh
# yaml-cpp 0.7.0 and PyYAML 6.0 (Debian 12): yaml-cpp's emitter writes a std::string without quotes wherever its
# own parser needs none, whatever the text means to a YAML 1.1 reader. PyYAML then reads another type, or refuses
# the document.
#
# Guess: an emitter quotes a string that would otherwise be read as a number, a boolean or a date.
# Seen: '0123' comes back as 83, '12:30:45' as 45045, '1_000' as 1000, '0b101' as 5, '123' as 123, 'on' as True,
# '2026-11-22' as a date; '=' and '<<' end in a ConstructorError. Only what yaml-cpp itself would take for null,
# and indicators such as '- x', '#x' or '{a}', are quoted. 'y' and 'n' are strings to both.
#
# Met in: passwords in a patroni.yml. YAML::DoubleQuoted before each string settles it.
set -eu
yaml_cpp=0.7.0+dfsg-8+b1
pyyaml=6.0-3+b2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -q download "libyaml-cpp0.7=$yaml_cpp" "libyaml-cpp-dev=$yaml_cpp" "python3-yaml=$pyyaml" > /dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
cat > emit.cpp << 'SOURCE'
#include <yaml-cpp/yaml.h>

#include <iostream>
#include <string>

int main() {
    for (std::string text; std::getline(std::cin, text);) {
        YAML::Emitter emitter;
        emitter << YAML::Flow << YAML::BeginSeq << text << YAML::EndSeq;
        std::cout << emitter.c_str() << "\n";
    }
}
SOURCE
library=$(dirname "$(find root -name 'libyaml-cpp.so')")
g++ -std=c++17 -Iroot/usr/include emit.cpp -o emit "$library"/libyaml-cpp.so
cat > read.py << 'SOURCE'
import sys
import yaml

for line in sys.stdin:
    try:
        print(repr(yaml.safe_load(line)[0]))
    except yaml.YAMLError as error:
        print(type(error).__name__)
SOURCE
printf '%s\n' 0123 12:30:45 1_000 0b101 123 on 2026-11-22 = '<<' '- x' '#x' y > texts
LD_LIBRARY_PATH=$library ./emit < texts > emitted
PYTHONPATH=root/usr/lib/python3/dist-packages python3 read.py < emitted > seen
paste texts emitted seen
cat > expected << 'SEEN'
83
45045
1000
5
123
True
datetime.date(2026, 11, 22)
ConstructorError
ConstructorError
'- x'
'#x'
'y'
SEEN
diff expected seen
