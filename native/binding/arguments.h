#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <napi.h>
#include <optional>
#include <span>
#include <string>
#include <vector>

/** Decoding of JavaScript values: a wrong type throws a TypeError, a wrong value a RangeError, both naming `name`. */
namespace reuseport {

constexpr int kMaxInt = std::numeric_limits<int>::max();

[[noreturn]] void throw_type_error(Napi::Value got, const std::string& name, const std::string& expected);
[[noreturn]] void throw_range_error(Napi::Value got, const std::string& name, const std::string& expected);

int decode_integer(Napi::Value value, const std::string& name, int min, int max);
int decode_fd(Napi::Value value, const std::string& name = "fd");
std::string decode_string(Napi::Value value, const std::string& name);
bool decode_boolean(Napi::Value value, const std::string& name);
Napi::Object decode_object(Napi::Value value, const std::string& name);
Napi::Function decode_function(Napi::Value value, const std::string& name);
/** An absent array is an empty one. */
std::vector<int> decode_fds(Napi::Value value, const std::string& name, size_t limit);

/** Bytes of a string (as UTF-8) or a Uint8Array; holds a copy of the first and points into the second. */
class ByteArgument {
public:
  ByteArgument(Napi::Value value, const std::string& name);
  ByteArgument(const ByteArgument&) = delete;
  std::span<const std::byte> bytes() const { return bytes_; }

private:
  std::string text_;
  std::span<const std::byte> bytes_;
};

/** Options of a function: every own key must be known. A key with the value undefined counts as absent. */
class OptionsArgument {
public:
  OptionsArgument(Napi::Value value, const std::string& name, std::initializer_list<const char*> known);

  /** As `name.key`, for messages. */
  std::string path(const char* key) const { return name_ + "." + key; }
  Napi::Value get(const char* key) const { return object_.Get(key); }
  bool boolean(const char* key, bool otherwise) const;
  std::optional<int> integer(const char* key, int min, int max) const;

private:
  Napi::Object object_;
  std::string name_;
};

} // namespace reuseport
