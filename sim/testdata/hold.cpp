// The hold model of BenchmarkHold in heap_test.go with std::priority_queue: the earliest of a number
// of pending items is taken, and one is put in at an exponential time after it. `make bench` builds
// it; nothing else does. It prints nanoseconds per operation in the form of Go's benchmarks.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <queue>
#include <random>
#include <vector>

// Item is as large as the simulator's, 24 bytes, and has the same order.
struct Item {
	int64_t at;
	uint32_t order;
	uint8_t kind, a, b;
	int32_t c;
};
static_assert(sizeof(Item) == 24, "an item has 24 bytes");

struct Later {
	bool operator()(const Item &x, const Item &y) const {
		return x.at != y.at ? x.at > y.at : x.order > y.order;
	}
};

int main() {
	const int gaps = 1 << 12;
	std::vector<int64_t> gap(gaps);
	std::mt19937_64 random(1);
	std::exponential_distribution<double> exponential(1e-9);
	for (auto &g : gap) {
		g = static_cast<int64_t>(exponential(random));
	}
	const long operations = 200000, rounds = 4; // As the target has Go do.
	for (int pending : {10, 1000, 100000}) {
		for (int round = 0; round < rounds; round++) {
			std::priority_queue<Item, std::vector<Item>, Later> queue;
			uint32_t next = 0;
			for (int i = 0; i < pending; i++) {
				queue.push(Item{gap[i % gaps], next++, 0, 0, 0, 0});
			}
			auto from = std::chrono::steady_clock::now();
			for (long i = 0; i < operations; i++) {
				Item it = queue.top();
				queue.pop();
				it.at += gap[i % gaps];
				it.order = next++;
				queue.push(it);
			}
			std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - from;
			// The last time is printed so that nothing is optimised away.
			std::printf("StandardHold/pending=%d %ld %.2f ns/op %lld last-ns\n", pending, operations,
				took.count() / operations, static_cast<long long>(queue.top().at));
		}
	}
}
