// NVIDIA's management library as of a machine with two GPUs, of which the second tells its load only.
extern "C" {
int nvmlInit_v2() { return 0; }
int nvmlShutdown() { return 0; }
int nvmlDeviceGetCount_v2(unsigned* n) { return *n = 2, 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned i, void** device) { return *device = reinterpret_cast<void*>(static_cast<unsigned long>(i + 1)), 0; }
int nvmlDeviceGetUtilizationRates(void* device, unsigned* use) { return use[0] = device == reinterpret_cast<void*>(1ul) ? 75 : 5, use[1] = 1, 0; }
int nvmlDeviceGetMemoryInfo(void* device, unsigned long long* bytes) {
  if (device != reinterpret_cast<void*>(1ul)) return 3;
  bytes[0] = 80000000000, bytes[1] = 20000000000, bytes[2] = 60000000000;
  return 0;
}
int nvmlDeviceGetTemperature(void* device, int, unsigned* degrees) { return device == reinterpret_cast<void*>(1ul) ? (*degrees = 61, 0) : 3; }
int nvmlDeviceGetPowerUsage(void* device, unsigned* milliwatts) { return device == reinterpret_cast<void*>(1ul) ? (*milliwatts = 312500, 0) : 3; }
}
