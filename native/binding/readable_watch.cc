#include "binding/readable_watch.h"

#include "binding/arguments.h"
#include "binding/errors.h"

namespace reuseport {

Napi::Function ReadableWatch::define(Napi::Env env) {
  return DefineClass(env, "ReadableWatch",
                     {
                         InstanceMethod<&ReadableWatch::unref>("unref"),
                         InstanceMethod<&ReadableWatch::close>("close"),
                     });
}

ReadableWatch::ReadableWatch(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ReadableWatch>(info) {
  Napi::Env env = info.Env();
  int fd = decode_fd(info[0]);
  Napi::Function on_readable = decode_function(info[1], "onReadable");
  poller_ = value_or_throw(env, Poller::open(env, fd, this));
  if (auto watching = poller_->watch(false); !watching) {
    std::exchange(poller_, nullptr)->close();
    throw system_error(env, watching.failure());
  }
  on_readable_ = Napi::Persistent(on_readable);
  // From here on nothing fails: a constructor that throws leaves the descriptor to its caller.
  fd_ = UniqueFd(fd);
  Ref();
}

ReadableWatch::~ReadableWatch() {
  shut();
}

void ReadableWatch::unref(const Napi::CallbackInfo&) {
  if (poller_ != nullptr) {
    poller_->unref();
  }
}

void ReadableWatch::close(const Napi::CallbackInfo&) {
  shut();
}

void ReadableWatch::on_ready() {
  napi_env env = Env();
  Napi::HandleScope scope(env);
  // Keeps this object alive when the handler closes it and drops it.
  napi_value self = Value();
  napi_value result = nullptr;
  napi_value exception = nullptr;
  bool pending = false;
  // The plain C calls report a dying environment as a status, where their C++ wrappers would throw or abort.
  if (napi_make_callback(env, nullptr, self, on_readable_.Value(), 0, nullptr, &result) != napi_ok &&
      napi_is_exception_pending(env, &pending) == napi_ok && pending &&
      napi_get_and_clear_last_exception(env, &exception) == napi_ok) {
    napi_fatal_exception(env, exception);
  }
}

void ReadableWatch::on_environment_end() {
  shut();
}

void ReadableWatch::shut() {
  if (poller_ == nullptr) {
    return;
  }
  std::exchange(poller_, nullptr)->close();
  fd_.reset();
  on_readable_.Reset();
  Unref();
}

} // namespace reuseport
