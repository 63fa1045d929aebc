#include "binding/watch_thread.h"

#include "binding/arguments.h"
#include "binding/errors.h"
#include "binding/memory_page.h"
#include "core/affinity.h"
#include "core/watch_wake.h"

namespace reuseport {
namespace {

constexpr int kMaxRescueMs = 3'600'000;
constexpr uint64_t kNsPerMs = 1'000'000;
constexpr size_t kMaxFds = 256;

uint64_t decode_rescue_after(Napi::Value value, const std::string& name) {
  return static_cast<uint64_t>(decode_integer(value, name, 1, kMaxRescueMs)) * kNsPerMs;
}

std::vector<WatchedRow> decode_rows(Napi::Value value) {
  if (!value.IsArray()) {
    throw_type_error(value, "rows", "an array");
  }
  auto array = value.As<Napi::Array>();
  std::vector<WatchedRow> rows;
  std::array<bool, kMaxRows> seen{};
  for (uint32_t i = 0; i < array.Length(); i++) {
    std::string name = "rows[" + std::to_string(i) + "]";
    OptionsArgument given(array.Get(i), name, {"slot", "fds"});
    auto slot = static_cast<size_t>(decode_integer(given.get("slot"), given.path("slot"), 0, kMaxRows - 1));
    if (std::exchange(seen[slot], true)) {
      throw_range_error(given.get("slot"), given.path("slot"), "each slot once");
    }
    rows.push_back({slot, decode_fds(given.get("fds"), given.path("fds"), kMaxFds)});
  }
  return rows;
}

} // namespace

Napi::Function WatchObject::define(Napi::Env env) {
  return DefineClass(env, "Watch",
                     {
                         InstanceMethod<&WatchObject::set_rows>("setRows"),
                         InstanceMethod<&WatchObject::set_rescue_after>("setRescueAfter"),
                         InstanceMethod<&WatchObject::set_tells_set>("setTellsSet"),
                         InstanceMethod<&WatchObject::cost>("cost"),
                         InstanceMethod<&WatchObject::stop>("stop"),
                     });
}

WatchObject::WatchObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<WatchObject>(info) {
  Napi::Env env = info.Env();
  OptionsArgument given(info[0], "options",
                        {"page", "wakeFd", "rescueAfterMs", "processors", "onStuck", "onStuckSet", "onStale"});
  Watch::Options options;
  options.page = decode_shared_page(given.get("page"), given.path("page"), kPageBytes);
  options.rescue_after_ns = decode_rescue_after(given.get("rescueAfterMs"), given.path("rescueAfterMs"));
  options.processors = decode_integer(given.get("processors"), given.path("processors"), 1, kMostProcessors);
  on_stuck_ = Napi::Persistent(decode_function(given.get("onStuck"), given.path("onStuck")));
  on_stuck_set_ = Napi::Persistent(decode_function(given.get("onStuckSet"), given.path("onStuckSet")));
  on_stale_ = Napi::Persistent(decode_function(given.get("onStale"), given.path("onStale")));
  options.wake_fd = value_or_throw(env, duplicate_wake_fd(decode_fd(given.get("wakeFd"), given.path("wakeFd"))));

  napi_value name = Napi::String::New(env, "reuseport:watch");
  napi_status status =
      napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, on_news, &bridge_);
  NAPI_THROW_IF_FAILED_VOID(env, status);
  napi_unref_threadsafe_function(env, bridge_);
  // Refused only when the environment ends, where nobody is left to be told.
  options.notify = [bridge = bridge_] { napi_call_threadsafe_function(bridge, nullptr, napi_tsfn_nonblocking); };
  auto started = Watch::start(std::move(options));
  if (!started) {
    napi_release_threadsafe_function(bridge_, napi_tsfn_abort);
    throw system_error(env, started.failure());
  }
  watch_ = std::move(started.value());
  // Hooks run in the reverse order: the thread ends before the bridge goes, which it calls.
  napi_add_env_cleanup_hook(env, on_environment_end, this);
  Ref();
}

WatchObject::~WatchObject() {
  watch_.reset();
}

void WatchObject::set_rows(const Napi::CallbackInfo& info) {
  std::vector<WatchedRow> rows = decode_rows(info[0]);
  if (watch_) {
    watch_->set_rows(std::move(rows));
  }
}

void WatchObject::set_rescue_after(const Napi::CallbackInfo& info) {
  uint64_t ns = decode_rescue_after(info[0], "ms");
  if (watch_) {
    watch_->set_rescue_after(ns);
  }
}

void WatchObject::set_tells_set(const Napi::CallbackInfo& info) {
  bool tells = decode_boolean(info[0], "tells");
  if (watch_) {
    watch_->set_tells_set(tells);
  }
}

Napi::Value WatchObject::cost(const Napi::CallbackInfo& info) {
  WatchCost cost = watch_ ? watch_->cost() : last_cost_;
  auto result = Napi::Object::New(info.Env());
  result.Set("cpuNs", Napi::Number::New(info.Env(), static_cast<double>(cost.cpu_ns)));
  result.Set("wakeUps", Napi::Number::New(info.Env(), static_cast<double>(cost.wake_ups)));
  return result;
}

void WatchObject::stop(const Napi::CallbackInfo& info) {
  if (!watch_) {
    return;
  }
  shut();
  napi_remove_env_cleanup_hook(info.Env(), on_environment_end, this);
  // What it has still to deliver is dropped.
  napi_release_threadsafe_function(bridge_, napi_tsfn_abort);
  on_stuck_.Reset();
  on_stuck_set_.Reset();
  on_stale_.Reset();
  Unref();
}

void WatchObject::on_environment_end(void* self) {
  static_cast<WatchObject*>(self)->shut();
}

void WatchObject::shut() {
  if (watch_) {
    last_cost_ = watch_->cost();
    watch_.reset();
  }
}

} // namespace reuseport
