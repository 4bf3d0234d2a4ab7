// Pointers to Highway's kernels. One taken before the first look-up of what the processor has would lead to that look-up
// at every call (four CPUIDs, which a virtual machine traps).
#pragma once

namespace wick::kernels::cpu {
void choose_target();  // looks up, once
}

// The kernel for this processor, to be called many times.
#define WICK_KERNEL_POINTER(name) (::wick::kernels::cpu::choose_target(), HWY_DYNAMIC_DISPATCH(name))
