package main

import (
	"context"
	"runtime"
	"sync"

	"golang.org/x/time/rate"
)

func map8(n int) sample {
	results := make([]int, n)
	jobs := make(chan int)
	var workers sync.WaitGroup
	for w := 0; w < 8; w++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for i := range jobs {
				runtime.Gosched()
				results[i] = i + 1
			}
		}()
	}
	for i := 0; i < n; i++ {
		jobs <- i
	}
	close(jobs)
	workers.Wait()
	sum := 0
	for _, v := range results {
		sum += v
	}
	return sample{Sum: float64(sum)}
}

// stage is a goroutine between two channels; fn gives a value and whether to pass it on.
func stage(in <-chan int, fn func(int) (int, bool)) <-chan int {
	out := make(chan int)
	go func() {
		for v := range in {
			if r, ok := fn(v); ok {
				out <- r
			}
		}
		close(out)
	}()
	return out
}

func pipeline4(waits bool) program {
	yield := func() {
		if waits {
			runtime.Gosched()
		}
	}
	return func(n int) sample {
		source := make(chan int)
		go func() {
			for i := 0; i < n; i++ {
				source <- i
			}
			close(source)
		}()
		inc := stage(source, func(i int) (int, bool) { yield(); return i + 1, true })
		even := stage(inc, func(i int) (int, bool) { return i, i%2 == 0 })
		triple := stage(even, func(i int) (int, bool) { yield(); return i * 3, true })
		sum := 0
		for v := range triple {
			sum += v
		}
		return sample{Sum: float64(sum)}
	}
}

func limiter(n int) sample {
	tokens := rate.NewLimiter(1e9, 1_000_000_000)
	ctx := context.Background()
	sum := 0
	for i := 0; i < n; i++ {
		if tokens.Wait(ctx) == nil {
			sum++
		}
	}
	return sample{Sum: float64(sum)}
}
