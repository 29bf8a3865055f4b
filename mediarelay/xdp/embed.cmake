# Writes INPUT as a C++ array behind portcullis::relay::xdp_program_bytes() into OUTPUT.
file(READ ${INPUT} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE ${OUTPUT} "#include \"mediarelay/xdp/xdp_program.hpp\"
namespace portcullis::relay {
namespace {
// An ELF object: its reader wants it aligned.
alignas(16) constexpr unsigned char kProgram[] = {${bytes}};
}
std::span<const std::byte> xdp_program_bytes() { return std::as_bytes(std::span(kProgram)); }
}
")
