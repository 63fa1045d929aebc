#include "binding/accept_meter.h"

#include "binding/arguments.h"
#include "binding/errors.h"

namespace reuseport {

Napi::Function AcceptMeterObject::define(Napi::Env env) {
  return DefineClass(env, "AcceptMeter",
                     {
                         InstanceAccessor<&AcceptMeterObject::accepted>("accepted"),
                         InstanceAccessor<&AcceptMeterObject::open_connections>("openConnections"),
                         InstanceAccessor<&AcceptMeterObject::waiting>("waiting"),
                         InstanceMethod<&AcceptMeterObject::feed_on>("feedOn"),
                         InstanceMethod<&AcceptMeterObject::feed>("feed"),
                         InstanceMethod<&AcceptMeterObject::shut_down_all>("shutDownAll"),
                     });
}

AcceptMeterObject::AcceptMeterObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<AcceptMeterObject>(info) {
  int fd = decode_fd(info[0]);
  meter_ = AcceptMeter::open(fd);
  if (meter_ == nullptr) {
    throw system_error(info.Env(), Failure{EMFILE, "AcceptMeter", describe_fd(fd)});
  }
}

Napi::Value AcceptMeterObject::accepted(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(meter_->accepted()));
}

Napi::Value AcceptMeterObject::open_connections(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(meter_->open_connections()));
}

Napi::Value AcceptMeterObject::waiting(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(meter_->waiting()));
}

void AcceptMeterObject::feed_on(const Napi::CallbackInfo& info) {
  int fd = decode_fd(info[0]);
  if (int code = meter_->feed_on(fd); code != 0) {
    throw system_error(info.Env(), Failure{code, "dup3", describe_fd(fd)});
  }
}

Napi::Value AcceptMeterObject::feed(const Napi::CallbackInfo& info) {
  UniqueFd connection(decode_fd(info[0]));
  bool taken = meter_->feed(connection);
  // What is not taken stays the caller's.
  (void)connection.release();
  return Napi::Boolean::New(info.Env(), taken);
}

void AcceptMeterObject::shut_down_all(const Napi::CallbackInfo&) {
  meter_->shut_down_all();
}

} // namespace reuseport
