package main

import (
	"runtime"
	"sync"
	"time"
)

func spawn(n int) sample {
	results := make([]int, n)
	var wg sync.WaitGroup
	wg.Add(n)
	for i := 0; i < n; i++ {
		go func(i int) {
			results[i] = i
			wg.Done()
		}(i)
	}
	wg.Wait()
	sum := 0
	for _, v := range results {
		sum += v
	}
	return sample{Sum: float64(sum)}
}

type memory struct{ heap, rss float64 }

// settled reads the memory in use after a full collection: objects and stacks, and the resident set.
func settled() memory {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return memory{float64(m.HeapAlloc + m.StackInuse), float64(status("VmRSS")) * 1024}
}

// parked also counts what Go keeps for a goroutine: its stack (2 KiB) and its g.
func parked(n int) sample {
	gate := make(chan struct{})
	var waiting, released sync.WaitGroup
	waiting.Add(n)
	released.Add(n)
	before := settled()
	started, cpu := time.Now(), cpuMillis()
	for i := 0; i < n; i++ {
		go func() {
			waiting.Done()
			<-gate
			released.Done()
		}()
	}
	waiting.Wait()
	ms, cpuMs := millis(started), cpuMillis()-cpu
	during := settled()
	again := time.Now()
	close(gate)
	released.Wait()
	return sample{Sum: float64(n), Ms: ms, CPUMs: cpuMs, Figures: map[string]float64{
		"heapBytes": (during.heap - before.heap) / float64(n),
		"rssBytes":  (during.rss - before.rss) / float64(n),
		"releaseMs": millis(again),
	}}
}
