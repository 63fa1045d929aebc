#pragma once

#include "core/accept_meter.h"

#include <napi.h>

namespace reuseport {

/** NativeAcceptMeter of the TypeScript contract. */
class AcceptMeterObject : public Napi::ObjectWrap<AcceptMeterObject> {
public:
  static Napi::Function define(Napi::Env env);
  explicit AcceptMeterObject(const Napi::CallbackInfo& info);

private:
  Napi::Value accepted(const Napi::CallbackInfo& info);
  Napi::Value open_connections(const Napi::CallbackInfo& info);
  Napi::Value waiting(const Napi::CallbackInfo& info);
  void feed_on(const Napi::CallbackInfo& info);
  Napi::Value feed(const Napi::CallbackInfo& info);
  void shut_down_all(const Napi::CallbackInfo& info);

  std::shared_ptr<AcceptMeter> meter_;
};

} // namespace reuseport
