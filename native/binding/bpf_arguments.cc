#include "binding/bpf_arguments.h"

#include "core/bpf_program.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace reuseport {
namespace {

// BPF_OBJ_NAME_LEN without the terminator.
constexpr size_t kMaxName = 15;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

} // namespace

uint32_t decode_u32(Napi::Value value, const std::string& name, uint32_t min) {
  std::string expected = "an integer from " + std::to_string(min) + " to 4294967295";
  if (!value.IsNumber()) {
    throw_type_error(value, name, expected);
  }
  double number = value.As<Napi::Number>().DoubleValue();
  // Written so that NaN fails too.
  if (!(number >= min && number <= std::numeric_limits<uint32_t>::max()) || std::trunc(number) != number) {
    throw_range_error(value, name, expected);
  }
  return static_cast<uint32_t>(number);
}

std::span<const std::byte> decode_bytes(Napi::Value value, const std::string& name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw_type_error(value, name, "a Uint8Array");
  }
  auto array = value.As<Napi::Uint8Array>();
  return std::as_bytes(std::span(array.Data(), array.ByteLength()));
}

std::span<const std::byte> decode_sized_bytes(Napi::Value value, const std::string& name, size_t size) {
  auto bytes = decode_bytes(value, name);
  if (bytes.size() != size) {
    throw Napi::RangeError::New(value.Env(), name + ": expected " + std::to_string(size) + " bytes, got " +
                                                 std::to_string(bytes.size()));
  }
  return bytes;
}

std::span<const std::byte> decode_instructions(Napi::Value value, const std::string& name, size_t max) {
  auto bytes = decode_bytes(value, name);
  size_t count = bytes.size() / kBpfInstructionBytes;
  if (bytes.size() % kBpfInstructionBytes != 0 || count < 1 || count > max) {
    throw Napi::RangeError::New(value.Env(), name + ": expected 1 to " + std::to_string(max) +
                                                 " instructions of 8 bytes, got " + std::to_string(bytes.size()) +
                                                 " bytes");
  }
  return bytes;
}

std::string decode_bpf_name(const OptionsArgument& options) {
  Napi::Value value = options.get("name");
  if (value.IsUndefined()) {
    return {};
  }
  std::string name = decode_string(value, options.path("name"));
  if (name.size() > kMaxName || !std::all_of(name.begin(), name.end(), is_name_character)) {
    throw_range_error(value, options.path("name"), "at most 15 characters of [A-Za-z0-9_.]");
  }
  return name;
}

std::string decode_c_string(Napi::Value value, const std::string& name) {
  std::string text = decode_string(value, name);
  if (text.empty() || text.find('\0') != std::string::npos) {
    throw_range_error(value, name, "1 or more bytes without NUL");
  }
  return text;
}

} // namespace reuseport
