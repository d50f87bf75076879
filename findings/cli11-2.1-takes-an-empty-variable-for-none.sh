#!/bin/sh
# CLI11 2.1.2 (Debian 12): what an option takes from its environment variable (envname) and from an argument differs for
# the empty text, and a whole number with a leading zero is octal.
#
# Guess: NAME= sets an option to the empty text, as --name '' does; 010 is ten, or refused.
# Seen: an empty variable counts as one that is not set, so the default stays; --name '' gives the empty text, and
# --name= is refused for want of a value. 010 is 8 from either, 0x10 is 16.
#
# Met in: a variable that is set to nothing to switch a default off, and numbers that a script pads with zeros.
set -eu
package=2.1.2+ds-1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -q download "libcli11-dev=$package" > /dev/null
dpkg-deb -x libcli11-dev_*.deb root
cat > options.cpp << 'SOURCE'
#include <CLI/CLI.hpp>

#include <iostream>

int main(int argc, char** argv) {
    CLI::App app;
    std::string name = "default";
    int number = 7;
    app.add_option("--name", name)->envname("THE_NAME");
    app.add_option("--number", number)->envname("THE_NUMBER");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        std::cout << error.get_name() << "\n";
        return 0;
    }
    std::cout << "'" << name << "' " << number << "\n";
}
SOURCE
g++ -std=c++17 -Iroot/usr/include options.cpp -o options
{
    THE_NAME='' ./options
    ./options --name ''
    ./options --name=
    THE_NUMBER='' ./options
    THE_NUMBER=010 ./options
    ./options --number 010
    ./options --number 0x10
} > seen
cat seen
diff - seen << 'SEEN'
'default' 7
'' 7
ArgumentMismatch
'default' 7
'default' 8
'default' 8
'default' 16
SEEN
