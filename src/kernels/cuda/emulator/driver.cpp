// A CUDA driver's library whose GPU is played by the CPU: the functions that gpu.ts calls, with the kernels of this folder
// compiled for the CPU. What runs on it is the whole of engine cuda, but the GPU. Build it as a shared library:
//   g++ -std=c++17 -O3 -march=native -shared -fPIC -fvisibility=hidden -o libcuda-emulator.so emulator/driver.cpp
//
// Environment, read at cuInit:
//   EMULATOR_MEMORY      bytes of the GPU's memory
//   EMULATOR_PROCESSORS  its multiprocessors
//   EMULATOR_DEVICES     GPUs; 0 is a driver without any
//   EMULATOR_DRIVER      what cuDriverGetVersion gives
//   EMULATOR_CAPABILITY  ten times the compute capability
//   CUDA_VISIBLE_DEVICES numbers of the GPUs that are shown, as the real driver reads it
//   EMULATOR_FAIL        `NAME CODE N`: the Nth call of the function NAME returns CODE, and so do all later ones;
//                        `NAME CODE N M`: so do M calls
//   EMULATOR_TURNS       `add` or `last`: warps take turns, see in-turns.hpp; else one runs after another
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "../attacks.cu"
#include "../cbow.cu"
#include "in-turns.hpp"

// The same in cbow-problem.ts and texts-problem.ts.
static_assert(sizeof(Problem) == 160 && sizeof(Texts) == 136, "what a launch is given has another size");

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

enum Result { SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NO_DEVICE = 100, INVALID_PTX = 218, NOT_FOUND = 500 };

u64 memory, processors, driver, capability;
std::vector<int> devices; // the numbers of those that are shown
std::map<u64, size_t> blocks; // address to bytes
u64 bytesTaken = 0;
int contexts = 0, modules = 0, streams = 0, events = 0;
std::map<std::string, int> calls;
std::string failing;
int failure = 0, failingFrom = 0, failingCalls = 0;

u64 setting(const char* name, u64 otherwise) {
  const char* value = getenv(name);
  return value && *value ? strtoull(value, nullptr, 10) : otherwise;
}

void readSettings() {
  memory = setting("EMULATOR_MEMORY", 1ull << 30);
  processors = setting("EMULATOR_PROCESSORS", 1);
  driver = setting("EMULATOR_DRIVER", 13000);
  capability = setting("EMULATOR_CAPABILITY", 90);
  devices.clear();
  const int there = int(setting("EMULATOR_DEVICES", 1));
  const char* visible = getenv("CUDA_VISIBLE_DEVICES");
  std::istringstream numbers(visible ? visible : "");
  int number;
  for (char comma; numbers >> number && number < there; numbers >> comma) devices.push_back(number);
  for (int i = 0; !visible && i < there; i++) devices.push_back(i);
  calls.clear();
  failing.clear();
  failingCalls = INT_MAX;
  char name[64];
  const char* fail = getenv("EMULATOR_FAIL");
  if (fail && sscanf(fail, "%63s %d %d %d", name, &failure, &failingFrom, &failingCalls) >= 3) failing = name;
}

/// Counts a call; the failure that it shall return, or 0.
int enter(const char* name) {
  const int n = ++calls[name];
  return failing == name && n >= failingFrom && n - failingFrom < failingCalls ? failure : SUCCESS;
}
#define ENTER \
  if (const int failed = enter(__func__)) return failed

struct Kernel { const char* name; void (*run)(const void*); };
template <class P, void (*F)(const P)> void runWith(const void* problem) { F(*static_cast<const P*>(problem)); }
#define KERNELS_OF(problem, name) \
  {#name "128", runWith<problem, name##128>}, {#name "256", runWith<problem, name##256>}, \
  {#name "512", runWith<problem, name##512>}, {#name "1024", runWith<problem, name##1024>}
const Kernel KERNELS[] = {
    KERNELS_OF(Problem, trainCbow),
    KERNELS_OF(Texts, readGradients),
    KERNELS_OF(Texts, takeLogits),
    KERNELS_OF(Texts, pullBack),
    KERNELS_OF(Texts, bestWords),
    KERNELS_OF(Texts, climb),
};

/// Poisons what is not used, so that nothing rests on its being zero.
void run(const Kernel& kernel, const void* problem, u32 warps, u32 sharedWords) {
  const char* mode = getenv("EMULATOR_TURNS");
  if (mode && *mode) {
    turns::lastWins = !strcmp(mode, "last");
    turns::play(kernel.run, problem, warps, sharedWords);
    return;
  }
  std::vector<u32> shared(sharedWords);
  for (u32 i = 0; i < warps; i++) {
    shared.assign(sharedWords, 0xdeadbeef);
    running = {warps, shared.data()};
    kernel.run(problem);
  }
}

struct Module { std::string ptx; };
/// Streams do their work at once; handles only have to differ.
void* handle(int& count) {
  count++;
  return malloc(1);
}

}  // namespace

/// Contexts, modules, streams, events and blocks of memory that were not freed.
EXPORT int emulatorLive() { return contexts + modules + streams + events + int(blocks.size()); }
/// What warps in turns have counted so far.
EXPORT u64 emulatorSteps() { return turns::counts.steps; }
EXPORT u64 emulatorTogether() { return turns::counts.together; }

EXPORT int cuInit(u32) {
  readSettings();
  ENTER;
  return devices.empty() ? NO_DEVICE : SUCCESS;
}
EXPORT int cuDriverGetVersion(int* version) {
  *version = int(driver);
  return SUCCESS;
}
struct Meaning { int code; const char *name, *text; };
static const Meaning MEANINGS[] = {
    {OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {NO_DEVICE, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {INVALID_PTX, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "the provided PTX was compiled with an unsupported toolchain."},
    {719, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {0, "CUDA_ERROR_UNKNOWN", "unknown error"},
};
static const Meaning& meaningOf(int code) {
  const Meaning* meaning = MEANINGS;
  while (meaning->code && meaning->code != code) meaning++;
  return *meaning;
}
EXPORT int cuGetErrorName(int code, const char** name) {
  *name = meaningOf(code).name;
  return SUCCESS;
}
EXPORT int cuGetErrorString(int code, const char** text) {
  *text = meaningOf(code).text;
  return SUCCESS;
}
EXPORT int cuDeviceGetCount(int* count) {
  ENTER;
  *count = int(devices.size());
  return SUCCESS;
}
EXPORT int cuDeviceGet(int* device, int number) {
  ENTER;
  *device = devices[number];
  return SUCCESS;
}
EXPORT int cuDeviceGetName(char* name, int length, int device) {
  ENTER;
  if (device == 0) snprintf(name, length, "emulator");
  else snprintf(name, length, "emulator %d", device);
  return SUCCESS;
}
EXPORT int cuDeviceGetAttribute(int* value, int attribute, int) {
  ENTER;
  const std::map<int, u64> values = {{16, processors}, {75, capability / 10}, {76, capability % 10}, {97, 232448}};
  *value = values.count(attribute) ? int(values.at(attribute)) : 0;
  return SUCCESS;
}
EXPORT int cuDevicePrimaryCtxRetain(void** context, int) {
  ENTER;
  static char primary;
  *context = &primary;
  contexts++;
  return SUCCESS;
}
EXPORT int cuDevicePrimaryCtxRelease_v2(int) {
  ENTER;
  contexts--;
  return SUCCESS;
}
EXPORT int cuCtxSetCurrent(void*) {
  ENTER;
  return SUCCESS;
}
EXPORT int cuModuleLoadData(void** module, const char* ptx) {
  ENTER;
  if (!strstr(ptx, ".version")) return INVALID_PTX;
  *module = new Module{ptx};
  modules++;
  return SUCCESS;
}
EXPORT int cuModuleUnload(void* module) {
  ENTER;
  delete static_cast<Module*>(module);
  modules--;
  return SUCCESS;
}
EXPORT int cuModuleGetFunction(const void** function, void* module, const char* name) {
  ENTER;
  if (static_cast<Module*>(module)->ptx.find(std::string(".entry ") + name + "(") == std::string::npos) return NOT_FOUND;
  for (const Kernel& kernel : KERNELS) {
    if (strcmp(kernel.name, name)) continue;
    *function = &kernel;
    return SUCCESS;
  }
  return NOT_FOUND;
}
EXPORT int cuFuncSetAttribute(void*, int, int) {
  ENTER;
  return SUCCESS;
}
EXPORT int cuMemGetInfo_v2(size_t* free, size_t* total) {
  ENTER;
  *free = memory - bytesTaken;
  *total = memory;
  return SUCCESS;
}
EXPORT int cuMemAlloc_v2(u64* at, size_t bytes) {
  ENTER;
  if (bytes == 0) return INVALID_VALUE;
  if (bytesTaken + bytes > memory) return OUT_OF_MEMORY;
  void* block = malloc(bytes);
  memset(block, 0xcd, bytes);
  *at = reinterpret_cast<u64>(block);
  blocks[*at] = bytes;
  bytesTaken += bytes;
  return SUCCESS;
}
EXPORT int cuMemFree_v2(u64 at) {
  ENTER;
  if (!blocks.count(at)) return INVALID_VALUE;
  bytesTaken -= blocks[at];
  blocks.erase(at);
  free(reinterpret_cast<void*>(at));
  return SUCCESS;
}
/// Whether a range lies in one block.
static bool isHeld(u64 at, size_t bytes) {
  auto block = blocks.upper_bound(at);
  return block != blocks.begin() && at + bytes <= (--block)->first + block->second;
}
EXPORT int cuMemcpyHtoDAsync_v2(u64 to, const void* from, size_t bytes, void*) {
  ENTER;
  if (!isHeld(to, bytes)) return INVALID_VALUE;
  memcpy(reinterpret_cast<void*>(to), from, bytes);
  return SUCCESS;
}
EXPORT int cuMemcpyDtoHAsync_v2(void* to, u64 from, size_t bytes, void*) {
  ENTER;
  if (!isHeld(from, bytes)) return INVALID_VALUE;
  memcpy(to, reinterpret_cast<void*>(from), bytes);
  return SUCCESS;
}
EXPORT int cuMemsetD8Async(u64 at, unsigned char value, size_t bytes, void*) {
  ENTER;
  if (!isHeld(at, bytes)) return INVALID_VALUE;
  memset(reinterpret_cast<void*>(at), value, bytes);
  return SUCCESS;
}
EXPORT int cuStreamCreate(void** stream, u32) {
  ENTER;
  *stream = handle(streams);
  return SUCCESS;
}
EXPORT int cuStreamDestroy_v2(void* stream) {
  ENTER;
  free(stream);
  streams--;
  return SUCCESS;
}
EXPORT int cuStreamWaitEvent(void*, void*, u32) {
  ENTER;
  return SUCCESS;
}
EXPORT int cuStreamQuery(void*) {
  ENTER;
  return SUCCESS;
}
EXPORT int cuStreamSynchronize(void*) {
  ENTER;
  return SUCCESS;
}
EXPORT int cuEventCreate(void** event, u32) {
  ENTER;
  *event = handle(events);
  return SUCCESS;
}
EXPORT int cuEventDestroy_v2(void* event) {
  ENTER;
  free(event);
  events--;
  return SUCCESS;
}
EXPORT int cuEventRecord(void*, void*) {
  ENTER;
  return SUCCESS;
}
EXPORT int cuLaunchKernel(const void* function, u32 gridX, u32 gridY, u32 gridZ, u32 blockX, u32, u32, u32 sharedBytes,
                          void*, void** arguments, void**) {
  ENTER;
  if (gridY != 1 || gridZ != 1 || blockX % LANES) return INVALID_VALUE;
  const u32 perBlock = blockX / LANES;
  run(*static_cast<const Kernel*>(function), arguments[0], gridX * perBlock, sharedBytes / 4 / perBlock);
  return SUCCESS;
}
