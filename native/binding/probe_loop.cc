#include "binding/probe_loop.h"

#include "binding/arguments.h"
#include "binding/errors.h"
#include "binding/memory_page.h"
#include "core/watch_wake.h"

#include <utility>

namespace reuseport {
namespace {

// More than one thread ever listens on; keeps a wrong argument from a long getsockopt loop in every turn.
constexpr size_t kMaxListeners = 256;

} // namespace

Napi::Function LoopProbeObject::define(Napi::Env env) {
  return DefineClass(env, "LoopProbe",
                     {
                         InstanceAccessor<&LoopProbeObject::mode>("mode"),
                         InstanceAccessor<&LoopProbeObject::why>("why"),
                         InstanceMethod<&LoopProbeObject::set_listeners>("setListeners"),
                         InstanceMethod<&LoopProbeObject::stop>("stop"),
                     });
}

LoopProbeObject::LoopProbeObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<LoopProbeObject>(info) {
  Napi::Env env = info.Env();
  OptionsArgument given(info[0], "options", {"page", "slot", "wakeFd"});
  LoopProbe::Options options;
  options.page = decode_shared_page(given.get("page"), given.path("page"), kPageBytes);
  options.slot = static_cast<size_t>(decode_integer(given.get("slot"), given.path("slot"), 0, kMaxRows - 1));
  int wake_fd = decode_fd(given.get("wakeFd"), given.path("wakeFd"));
  options.wake_fd = value_or_throw(env, duplicate_wake_fd(wake_fd));
  options.loop_code = reinterpret_cast<const void*>(&uv_run);
  prepare_ = value_or_throw(env, PrepareHandle::open(env, this));
  options.epoll_fd = prepare_->epoll_fd();
  probe_ = LoopProbe::start(std::move(options));
  if (!probe_) {
    std::exchange(prepare_, nullptr)->close();
    throw Napi::Error::New(env, "LoopProbe: this thread has one already");
  }
  why_ = probe_->why();
  Ref();
}

LoopProbeObject::~LoopProbeObject() {
  shut();
}

Napi::Value LoopProbeObject::mode(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), why_.empty() ? "epoll" : "prepare");
}

Napi::Value LoopProbeObject::why(const Napi::CallbackInfo& info) {
  return why_.empty() ? info.Env().Null() : Napi::Value(Napi::String::New(info.Env(), why_));
}

void LoopProbeObject::set_listeners(const Napi::CallbackInfo& info) {
  if (!info[0].IsArray()) {
    throw_type_error(info[0], "fds", "an array");
  }
  std::vector<int> fds = decode_fds(info[0], "fds", kMaxListeners);
  if (probe_) {
    probe_->set_listeners(std::move(fds));
  }
}

void LoopProbeObject::stop(const Napi::CallbackInfo&) {
  shut();
}

void LoopProbeObject::on_prepare() {
  probe_->about_to_poll();
}

void LoopProbeObject::on_environment_end() {
  shut();
}

void LoopProbeObject::shut() {
  if (prepare_ == nullptr) {
    return;
  }
  std::exchange(prepare_, nullptr)->close();
  probe_.reset();
  Unref();
}

} // namespace reuseport
