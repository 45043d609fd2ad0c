#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

static void BM_sort(benchmark::State& state) {
  for (auto _ : state) {
    std::vector<int> values(state.range(0));
    for (size_t i = 0; i < values.size(); ++i) values[i] = (i * 7919) % 1009;
    std::sort(values.begin(), values.end());
    benchmark::DoNotOptimize(values.data());
  }
  state.SetComplexityN(state.range(0));
}
BENCHMARK(BM_sort)->Arg(64)->Arg(4096)->Unit(benchmark::kMicrosecond)->Complexity();
BENCHMARK(BM_sort)->Arg(512);

static void BM_without_input(benchmark::State& state) {
  state.SkipWithError("no input");
  for (auto _ : state) {
  }
}
BENCHMARK(BM_without_input);

BENCHMARK_MAIN();
