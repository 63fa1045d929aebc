#pragma once

#include <napi.h>

namespace reuseport {

void export_listener_functions(Napi::Object exports);
void export_descriptor_functions(Napi::Object exports);

} // namespace reuseport
