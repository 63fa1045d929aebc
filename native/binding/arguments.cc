#include "binding/arguments.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace reuseport {
namespace {

std::string type_name(Napi::Value value) {
  switch (value.Type()) {
  case napi_undefined:
    return "undefined";
  case napi_null:
    return "null";
  case napi_boolean:
    return "a boolean";
  case napi_number:
    return "a number";
  case napi_string:
    return "a string";
  case napi_symbol:
    return "a symbol";
  case napi_function:
    return "a function";
  case napi_bigint:
    return "a bigint";
  case napi_object:
  case napi_external:
    break;
  }
  return value.IsArray() ? "an array" : "an object";
}

/** Only what can be shown without running code of the caller. */
std::string shown(Napi::Value value) {
  if (value.IsNumber()) {
    return value.ToString().Utf8Value();
  }
  if (value.IsString()) {
    return "'" + value.As<Napi::String>().Utf8Value() + "'";
  }
  return type_name(value);
}

} // namespace

void throw_type_error(Napi::Value got, const std::string& name, const std::string& expected) {
  throw Napi::TypeError::New(got.Env(), name + ": expected " + expected + ", got " + type_name(got));
}

void throw_range_error(Napi::Value got, const std::string& name, const std::string& expected) {
  throw Napi::RangeError::New(got.Env(), name + ": expected " + expected + ", got " + shown(got));
}

int decode_integer(Napi::Value value, const std::string& name, int min, int max) {
  std::string expected = "an integer from " + std::to_string(min) + " to " + std::to_string(max);
  if (!value.IsNumber()) {
    throw_type_error(value, name, expected);
  }
  double number = value.As<Napi::Number>().DoubleValue();
  // Written so that NaN fails too.
  if (!(number >= min && number <= max) || std::trunc(number) != number) {
    throw_range_error(value, name, expected);
  }
  return static_cast<int>(number);
}

int decode_fd(Napi::Value value, const std::string& name) {
  return decode_integer(value, name, 0, kMaxInt);
}

std::string decode_string(Napi::Value value, const std::string& name) {
  if (!value.IsString()) {
    throw_type_error(value, name, "a string");
  }
  return value.As<Napi::String>().Utf8Value();
}

bool decode_boolean(Napi::Value value, const std::string& name) {
  if (!value.IsBoolean()) {
    throw_type_error(value, name, "a boolean");
  }
  return value.As<Napi::Boolean>().Value();
}

Napi::Object decode_object(Napi::Value value, const std::string& name) {
  if (value.Type() != napi_object || value.IsArray()) {
    throw_type_error(value, name, "an object");
  }
  return value.As<Napi::Object>();
}

Napi::Function decode_function(Napi::Value value, const std::string& name) {
  if (!value.IsFunction()) {
    throw_type_error(value, name, "a function");
  }
  return value.As<Napi::Function>();
}

std::vector<int> decode_fds(Napi::Value value, const std::string& name, size_t limit) {
  std::vector<int> fds;
  if (value.IsUndefined()) {
    return fds;
  }
  if (!value.IsArray()) {
    throw_type_error(value, name, "an array");
  }
  auto array = value.As<Napi::Array>();
  uint32_t length = array.Length();
  if (length > limit) {
    throw Napi::RangeError::New(value.Env(), name + ": expected at most " + std::to_string(limit) +
                                                 " descriptors, got " + std::to_string(length));
  }
  for (uint32_t i = 0; i < length; i++) {
    fds.push_back(decode_fd(array.Get(i), name + "[" + std::to_string(i) + "]"));
  }
  return fds;
}

ByteArgument::ByteArgument(Napi::Value value, const std::string& name) {
  if (value.IsString()) {
    text_ = value.As<Napi::String>().Utf8Value();
    bytes_ = std::as_bytes(std::span(text_));
    return;
  }
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw_type_error(value, name, "a string or a Uint8Array");
  }
  auto array = value.As<Napi::Uint8Array>();
  bytes_ = std::as_bytes(std::span(array.Data(), array.ByteLength()));
}

OptionsArgument::OptionsArgument(Napi::Value value, const std::string& name, std::initializer_list<const char*> known)
    : object_(decode_object(value, name)), name_(name) {
  Napi::Env env = value.Env();
  napi_value own = nullptr;
  napi_status status = napi_get_all_property_names(env, value, napi_key_own_only, napi_key_enumerable,
                                                   napi_key_numbers_to_strings, &own);
  NAPI_THROW_IF_FAILED_VOID(env, status);
  Napi::Array keys(env, own);
  for (uint32_t i = 0; i < keys.Length(); i++) {
    Napi::Value key = keys.Get(i);
    std::string text = key.IsString() ? key.As<Napi::String>().Utf8Value() : "a symbol";
    if (std::none_of(known.begin(), known.end(), [&](std::string_view candidate) { return candidate == text; })) {
      throw Napi::TypeError::New(env, name + "." + text + ": no such option");
    }
  }
}

bool OptionsArgument::boolean(const char* key, bool otherwise) const {
  Napi::Value value = get(key);
  return value.IsUndefined() ? otherwise : decode_boolean(value, path(key));
}

std::optional<int> OptionsArgument::integer(const char* key, int min, int max) const {
  Napi::Value value = get(key);
  return value.IsUndefined() ? std::nullopt : std::optional(decode_integer(value, path(key), min, max));
}

} // namespace reuseport
