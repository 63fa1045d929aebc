#include "binding/watch_thread.h"

namespace reuseport {
namespace {

constexpr double kNsPerMs = 1e6;

// Plain C calls: they report a dying environment as a status, where their C++ wrappers would throw or abort.

void call(napi_env env, napi_value handler, napi_value argument) {
  napi_value receiver = nullptr;
  napi_value result = nullptr;
  bool pending = false;
  napi_value exception = nullptr;
  if (napi_get_undefined(env, &receiver) != napi_ok ||
      napi_call_function(env, receiver, handler, 1, &argument, &result) == napi_ok) {
    return;
  }
  if (napi_is_exception_pending(env, &pending) == napi_ok && pending &&
      napi_get_and_clear_last_exception(env, &exception) == napi_ok) {
    // To process.on('uncaughtException'), as for a handler of an EventEmitter.
    napi_fatal_exception(env, exception);
  }
}

bool set_number(napi_env env, napi_value object, const char* key, double number) {
  napi_value value = nullptr;
  return napi_create_double(env, number, &value) == napi_ok &&
         napi_set_named_property(env, object, key, value) == napi_ok;
}

bool set_queued(napi_env env, napi_value object, const std::vector<WaitingQueue>& queued) {
  napi_value array = nullptr;
  bool made = napi_create_array_with_length(env, queued.size(), &array) == napi_ok;
  for (uint32_t i = 0; made && i < queued.size(); i++) {
    napi_value entry = nullptr;
    made = napi_create_object(env, &entry) == napi_ok &&
           set_number(env, entry, "index", static_cast<double>(queued[i].index)) &&
           set_number(env, entry, "connections", queued[i].connections) &&
           napi_set_element(env, array, i, entry) == napi_ok;
  }
  return made && napi_set_named_property(env, object, "queued", array) == napi_ok;
}

bool set_kind(napi_env env, napi_value object, StuckKind kind) {
  napi_value value = nullptr;
  const char* text = kind == StuckKind::kTurn ? "turn" : "silent";
  return napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value) == napi_ok &&
         napi_set_named_property(env, object, "kind", value) == napi_ok;
}

} // namespace

void WatchObject::on_news(napi_env env, napi_value, void* context, void*) {
  // Null: the bridge is closing, and the object may be gone.
  if (env != nullptr) {
    static_cast<WatchObject*>(context)->deliver(env);
  }
}

void WatchObject::deliver(napi_env env) {
  if (!watch_) {
    return;
  }
  Napi::HandleScope scope(env);
  // Keeps this object alive when a handler stops the watch and drops it.
  Napi::Value self = Value();
  (void)self;
  WatchNews news = watch_->take();
  if (news.stuck) {
    deliver_slots(env, on_stuck_set_, *news.stuck);
  }
  // The handler before may have stopped the watch.
  if (watch_ && !news.stale.empty()) {
    deliver_slots(env, on_stale_, news.stale);
  }
  for (const StuckReport& report : news.reports) {
    if (watch_) {
      deliver_report(env, report);
    }
  }
}

void WatchObject::deliver_slots(napi_env env, const Napi::FunctionReference& handler,
                                const std::vector<size_t>& slots) {
  napi_value array = nullptr;
  bool made = napi_create_array_with_length(env, slots.size(), &array) == napi_ok;
  for (uint32_t i = 0; made && i < slots.size(); i++) {
    napi_value slot = nullptr;
    made = napi_create_uint32(env, static_cast<uint32_t>(slots[i]), &slot) == napi_ok &&
           napi_set_element(env, array, i, slot) == napi_ok;
  }
  if (made) {
    call(env, handler.Value(), array);
  }
}

void WatchObject::deliver_report(napi_env env, const StuckReport& report) {
  Napi::HandleScope scope(env);
  napi_value object = nullptr;
  if (napi_create_object(env, &object) == napi_ok &&
      set_number(env, object, "slot", static_cast<double>(report.slot)) &&
      set_number(env, object, "forMs", static_cast<double>(report.for_ns) / kNsPerMs) &&
      set_kind(env, object, report.kind) && set_queued(env, object, report.queued)) {
    call(env, on_stuck_.Value(), object);
  }
}

} // namespace reuseport
