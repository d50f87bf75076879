// For the precompiled headers of the tests, which need a target with a source.
int main() {}
