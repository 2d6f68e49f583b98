package main

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

const (
	lockTasks  = 100
	lockWrites = 100
)

func mutex(n int) sample {
	var mu sync.Mutex
	sum := 0
	for i := 0; i < n; i++ {
		mu.Lock()
		sum += i
		mu.Unlock()
	}
	return sample{Sum: float64(sum)}
}

func mutexUsing(n int) sample {
	var mu sync.Mutex
	sum := 0
	section := func(i int) {
		mu.Lock()
		defer mu.Unlock()
		sum += i
	}
	for i := 0; i < n; i++ {
		section(i)
	}
	return sample{Sum: float64(sum)}
}

func hundred(task func(id int)) {
	var wg sync.WaitGroup
	wg.Add(lockTasks)
	for id := 0; id < lockTasks; id++ {
		go func(id int) {
			defer wg.Done()
			task(id)
		}(id)
	}
	wg.Wait()
}

func mutex100(n int) sample {
	var mu sync.Mutex
	sum := 0
	hundred(func(int) {
		for i := 0; i < n/lockTasks; i++ {
			mu.Lock()
			seen := sum
			runtime.Gosched()
			sum = seen + 1
			mu.Unlock()
		}
	})
	return sample{Sum: float64(sum)}
}

func rwmutex(n int) sample {
	var mu sync.RWMutex
	var sum atomic.Int64
	version := 0
	hundred(func(id int) {
		for i := 0; i < n/lockTasks; i++ {
			if (i+id)%lockWrites == 0 {
				mu.Lock()
				seen := version
				runtime.Gosched()
				version = seen + 1
				mu.Unlock()
			} else {
				mu.RLock()
				seen := version
				runtime.Gosched()
				if seen == version {
					sum.Add(1)
				}
				mu.RUnlock()
			}
		}
	})
	return sample{Sum: float64(sum.Load()) + float64(version)}
}

func waitgroup(n int) sample {
	var wg sync.WaitGroup
	var sum atomic.Int64
	for i := 0; i < n; i++ {
		wg.Add(1)
		go func(i int) {
			sum.Add(int64(i))
			wg.Done()
		}(i)
	}
	wg.Wait()
	return sample{Sum: float64(sum.Load())}
}

func once(n int) sample {
	var first sync.Once
	value, sum := 0, 0
	init := func() { value++ }
	for i := 0; i < n; i++ {
		first.Do(init)
		sum += value
	}
	return sample{Sum: float64(sum)}
}

func semaphoreAlone(n int) sample {
	sem, ctx := semaphore.NewWeighted(10), context.Background()
	sum := 0
	for i := 0; i < n; i++ {
		if sem.Acquire(ctx, 1) == nil {
			sum += i
			sem.Release(1)
		}
	}
	return sample{Sum: float64(sum)}
}

func bounded(n int) sample {
	sem, ctx := semaphore.NewWeighted(lockTasks), context.Background()
	var wg sync.WaitGroup
	var sum, inside atomic.Int64
	wg.Add(n)
	for i := 0; i < n; i++ {
		go func(i int) {
			defer wg.Done()
			if sem.Acquire(ctx, 1) != nil {
				return
			}
			inside.Add(1)
			runtime.Gosched()
			if inside.Add(-1) < lockTasks {
				sum.Add(int64(i))
			}
			sem.Release(1)
		}(i)
	}
	wg.Wait()
	return sample{Sum: float64(sum.Load())}
}
