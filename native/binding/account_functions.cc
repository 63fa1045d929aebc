#include "binding/arguments.h"
#include "binding/errors.h"
#include "binding/functions.h"
#include "core/accounts.h"

#include <cmath>
#include <cstdint>

namespace reuseport {
namespace {

constexpr double kMaxId = 4294967294; // (uid_t)-1 means "no change" to the kernel.

uint32_t decode_id(Napi::Value value, const std::string& name) {
  if (!value.IsNumber()) {
    throw_type_error(value, name, "an integer");
  }
  double number = value.As<Napi::Number>().DoubleValue();
  if (!(number >= 0 && number <= kMaxId) || number != std::floor(number)) {
    throw_range_error(value, name, "an integer from 0 to 4294967294");
  }
  return static_cast<uint32_t>(number);
}

std::string decode_name(Napi::Value value, const std::string& name) {
  std::string text = decode_string(value, name);
  if (text.empty() || text.find('\0') != std::string::npos) {
    throw_range_error(value, name, "a name without NUL");
  }
  return text;
}

std::variant<std::string, uint32_t> decode_key(Napi::Value value, const std::string& name) {
  if (value.IsNumber()) {
    return decode_id(value, name);
  }
  if (!value.IsString()) {
    throw_type_error(value, name, "a string or an integer");
  }
  return decode_name(value, name);
}

Napi::Value user(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  auto account = value_or_throw(env, find_user(decode_key(info[0], "user")));
  if (!account) {
    return env.Null();
  }
  auto result = Napi::Object::New(env);
  result.Set("name", Napi::String::New(env, account->name));
  result.Set("uid", Napi::Number::New(env, account->uid));
  result.Set("gid", Napi::Number::New(env, account->gid));
  result.Set("home", Napi::String::New(env, account->home));
  result.Set("shell", Napi::String::New(env, account->shell));
  return result;
}

Napi::Value group(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  auto account = value_or_throw(env, find_group(decode_key(info[0], "group")));
  if (!account) {
    return env.Null();
  }
  auto result = Napi::Object::New(env);
  result.Set("name", Napi::String::New(env, account->name));
  result.Set("gid", Napi::Number::New(env, account->gid));
  return result;
}

Napi::Value groups(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string name = decode_name(info[0], "name");
  auto found = value_or_throw(env, groups_of_user(name, decode_id(info[1], "gid")));
  auto result = Napi::Array::New(env, found.size());
  for (uint32_t i = 0; i < found.size(); i++) {
    result.Set(i, Napi::Number::New(env, found[i]));
  }
  return result;
}

} // namespace

void export_account_functions(Napi::Object exports) {
  Napi::Env env = exports.Env();
  exports.Set("findUser", Napi::Function::New<user>(env, "findUser"));
  exports.Set("findGroup", Napi::Function::New<group>(env, "findGroup"));
  exports.Set("groupsOfUser", Napi::Function::New<groups>(env, "groupsOfUser"));
}

} // namespace reuseport
