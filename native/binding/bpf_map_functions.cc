#include "binding/bpf_arguments.h"
#include "binding/errors.h"
#include "binding/functions.h"
#include "core/bpf_map.h"

#include <linux/bpf.h>

namespace reuseport {
namespace {

BpfMapType decode_type(const OptionsArgument& options) {
  std::string text = decode_string(options.get("type"), options.path("type"));
  if (text == "array") {
    return BpfMapType::kArray;
  }
  if (text == "reuseport-sockarray") {
    return BpfMapType::kReuseportSockarray;
  }
  throw_range_error(options.get("type"), options.path("type"), "'array' or 'reuseport-sockarray'");
}

Napi::Value describe_type(Napi::Env env, uint32_t type) {
  switch (type) {
  case BPF_MAP_TYPE_ARRAY:
    return Napi::String::New(env, "array");
  case BPF_MAP_TYPE_REUSEPORT_SOCKARRAY:
    return Napi::String::New(env, "reuseport-sockarray");
  default:
    return env.Null();
  }
}

Napi::Value create_map(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  OptionsArgument given(info[0], "options", {"type", "keyBytes", "valueBytes", "maxEntries", "mmapable", "name"});
  BpfMapOptions options;
  options.type = decode_type(given);
  options.key_bytes = decode_u32(given.get("keyBytes"), given.path("keyBytes"), 1);
  options.value_bytes = decode_u32(given.get("valueBytes"), given.path("valueBytes"), 1);
  options.max_entries = decode_u32(given.get("maxEntries"), given.path("maxEntries"), 1);
  options.mmapable = given.boolean("mmapable", false);
  options.name = decode_bpf_name(given);
  UniqueFd fd = value_or_throw(env, bpf_create_map(options));
  Napi::Value result = Napi::Number::New(env, fd.get());
  (void)fd.release();
  return result;
}

void update(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int fd = decode_fd(info[0]);
  decode_bytes(info[1], "key");
  decode_bytes(info[2], "value");
  BpfMapSizes sizes = value_or_throw(env, bpf_map_sizes(fd, "MAP_UPDATE_ELEM"));
  auto key = decode_sized_bytes(info[1], "key", sizes.key_bytes);
  auto value = decode_sized_bytes(info[2], "value", sizes.value_bytes);
  value_or_throw(env, bpf_update(fd, key, value));
}

void remove(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int fd = decode_fd(info[0]);
  decode_bytes(info[1], "key");
  BpfMapSizes sizes = value_or_throw(env, bpf_map_sizes(fd, "MAP_DELETE_ELEM"));
  value_or_throw(env, bpf_delete(fd, decode_sized_bytes(info[1], "key", sizes.key_bytes)));
}

Napi::Value lookup(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int fd = decode_fd(info[0]);
  decode_bytes(info[1], "key");
  uint32_t value_bytes = decode_u32(info[2], "valueBytes", 1);
  BpfMapSizes sizes = value_or_throw(env, bpf_map_sizes(fd, "MAP_LOOKUP_ELEM"));
  auto key = decode_sized_bytes(info[1], "key", sizes.key_bytes);
  if (value_bytes != sizes.value_bytes) {
    throw_range_error(info[2], "valueBytes", std::to_string(sizes.value_bytes) + ", the value size of the map");
  }
  auto value = Napi::Buffer<std::byte>::New(env, value_bytes);
  bool found = value_or_throw(env, bpf_lookup(fd, key, {value.Data(), value_bytes}));
  return found ? Napi::Value(value) : env.Null();
}

Napi::Value map_info(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  BpfMapInfo read = value_or_throw(env, bpf_map_info(decode_fd(info[0])));
  auto result = Napi::Object::New(env);
  result.Set("id", Napi::Number::New(env, read.id));
  result.Set("type", describe_type(env, read.type));
  result.Set("keyBytes", Napi::Number::New(env, read.key_bytes));
  result.Set("valueBytes", Napi::Number::New(env, read.value_bytes));
  result.Set("maxEntries", Napi::Number::New(env, read.max_entries));
  result.Set("mmapable", Napi::Boolean::New(env, read.mmapable));
  return result;
}

} // namespace

void export_bpf_map_functions(Napi::Object exports) {
  Napi::Env env = exports.Env();
  exports.Set("bpfCreateMap", Napi::Function::New<create_map>(env, "bpfCreateMap"));
  exports.Set("bpfUpdate", Napi::Function::New<update>(env, "bpfUpdate"));
  exports.Set("bpfDelete", Napi::Function::New<remove>(env, "bpfDelete"));
  exports.Set("bpfMapInfo", Napi::Function::New<map_info>(env, "bpfMapInfo"));
  exports.Set("bpfLookup", Napi::Function::New<lookup>(env, "bpfLookup"));
}

} // namespace reuseport
