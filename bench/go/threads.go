package main

import (
	"context"
	"sort"
	"sync"
	"time"
)

// threadMutex: two goroutines on one mutex.
func threadMutex(n int) sample {
	var mu sync.Mutex
	var wg sync.WaitGroup
	sum := 0
	for t := 0; t < 2; t++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := 0; i < n/2; i++ {
				mu.Lock()
				sum++
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	return sample{Sum: float64(sum)}
}

// threadCancel: from cancel() until the goroutine that waits for it runs.
func threadCancel(n int) sample {
	late := make([]float64, 0, n)
	for i := 0; i < n; i++ {
		ctx, cancel := context.WithCancel(context.Background())
		ready := make(chan struct{})
		seen := make(chan time.Time)
		go func() {
			close(ready)
			<-ctx.Done()
			seen <- time.Now()
		}()
		<-ready
		time.Sleep(time.Millisecond)
		began := time.Now()
		cancel()
		late = append(late, float64((<-seen).Sub(began).Nanoseconds())/1e3)
	}
	sort.Float64s(late)
	figures := map[string]float64{"p50": late[n/2], "p99": late[n*99/100]}
	return sample{Sum: float64(len(late)), Figures: figures}
}
