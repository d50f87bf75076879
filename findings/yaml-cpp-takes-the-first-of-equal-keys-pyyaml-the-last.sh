#!/bin/sh
# yaml-cpp 0.7.0 and PyYAML 6.0 (Debian 12): a mapping that has a key twice. yaml-cpp looks up the first one, keeps both
# for whoever iterates, and writes both out again; PyYAML has the last one alone. Neither says a word.
#
# Guess: an error, since YAML's keys are unique; else the last one, for both.
# Seen: yaml-cpp 30, size 3, and a dump with both lines; PyYAML 60. So one file has two meanings for two programs that
# read it, and what yaml-cpp has read and written means the other thing to PyYAML.
#
# Met in: a configuration that a C++ program checks and passes on to Patroni. Look for equal keys yourself.
set -eu
yaml_cpp=0.7.0+dfsg-8+b1
pyyaml=6.0-3+b2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -q download "libyaml-cpp0.7=$yaml_cpp" "libyaml-cpp-dev=$yaml_cpp" "python3-yaml=$pyyaml" > /dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
cat > read.cpp << 'SOURCE'
#include <yaml-cpp/yaml.h>

#include <iostream>

int main() {
    const YAML::Node node = YAML::Load(std::cin);
    std::cerr << node["ttl"].as<int>() << ", size " << node.size() << "\n";
    std::cout << node << "\n";
}
SOURCE
library=$(dirname "$(find root -name 'libyaml-cpp.so')")
g++ -std=c++17 -Iroot/usr/include read.cpp -o read "$library"/libyaml-cpp.so
pyyaml() { PYTHONPATH=root/usr/lib/python3/dist-packages python3 -c 'import sys, yaml; print(yaml.safe_load(sys.stdin))'; }
printf 'ttl: 30\nloop_wait: 10\nttl: 60\n' > twice.yml
LD_LIBRARY_PATH=$library ./read < twice.yml > dumped.yml 2> first
pyyaml < twice.yml > last
pyyaml < dumped.yml > after
echo "yaml-cpp: $(cat first)"
echo "PyYAML: $(cat last)"
echo "PyYAML, of what yaml-cpp has written: $(cat after)"
[ "$(cat first)" = '30, size 3' ]
[ "$(cat last)" = "{'ttl': 60, 'loop_wait': 10}" ]
cmp -s last after
diff twice.yml dumped.yml
