package main

import (
	"context"
	"sort"
	"time"
)

// signal is one long-lived context for all runs of the process.
var signal, cancel = context.WithCancel(context.Background())

func pongUntil(ctx context.Context, there <-chan int, back chan<- int) {
	defer close(back)
	for {
		var v int
		var ok bool
		select {
		case v, ok = <-there:
			if !ok {
				return
			}
		case <-ctx.Done():
			return
		}
		select {
		case back <- v + 1:
		case <-ctx.Done():
			return
		}
	}
}

// abort is what Go writes for a signal on every operation: a select with ctx.Done().
func abort(n int) sample {
	plain := run(pingpong, n)
	before := settled()
	started, cpu := time.Now(), cpuMillis()
	there, back := make(chan int), make(chan int)
	go pongUntil(signal, there, back)
	sum := 0
	for i := 0; i < n; i++ {
		select {
		case there <- i:
		case <-signal.Done():
			fail("cancelled")
		}
		select {
		case v := <-back:
			sum += v
		case <-signal.Done():
			fail("cancelled")
		}
	}
	close(there)
	<-back
	ms, cpuMs := millis(started), cpuMillis()-cpu
	after := settled()
	if signal.Err() != nil {
		cancel()
	}
	return sample{Sum: float64(sum) + plain.Sum, Ms: ms, CPUMs: cpuMs, Figures: map[string]float64{
		"plainMs":   plain.Ms,
		"ratio":     cpuMs / plain.CPUMs,
		"keptBytes": (after.heap - before.heap) / float64(4*n),
	}}
}

// lateTimers notes how late each of a chain of 1 ms timers fires.
func lateTimers(end time.Time) <-chan map[string]float64 {
	result := make(chan map[string]float64, 1)
	go func() {
		var late []float64
		for time.Now().Before(end) {
			due := time.Now().Add(time.Millisecond)
			time.Sleep(time.Millisecond)
			late = append(late, millis(due))
		}
		sort.Float64s(late)
		at := func(q float64) float64 { return late[min(len(late)-1, int(q*float64(len(late))))] }
		result <- map[string]float64{
			"p50": at(0.5), "p99": at(0.99), "max": late[len(late)-1], "fired": float64(len(late)),
		}
	}()
	return result
}

func eventloop(forMs int) sample {
	there, back := make(chan int), make(chan int)
	started, cpu := time.Now(), cpuMillis()
	end := started.Add(time.Duration(forMs) * time.Millisecond)
	figures := lateTimers(end)
	go pong(there, back)
	wrong, ops := 0, 0
	for ops&63 != 0 || time.Now().Before(end) {
		there <- ops
		ops++
		if <-back != ops {
			wrong++
		}
	}
	close(there)
	<-back
	ms, cpuMs := millis(started), cpuMillis()-cpu
	return sample{Sum: float64(wrong), Ms: ms, CPUMs: cpuMs, Ops: ops, Figures: <-figures}
}

func selectIdle(n int) sample {
	data, idle := produce(n), make(chan int)
	before := settled()
	started, cpu := time.Now(), cpuMillis()
	sum := 0
	for i := 0; i < n; i++ {
		select {
		case v := <-data:
			sum += v
		case <-idle:
			fail("idle was ready")
		}
	}
	ms, cpuMs := millis(started), cpuMillis()-cpu
	after := settled()
	close(idle)
	return sample{Sum: float64(sum), Ms: ms, CPUMs: cpuMs, Figures: map[string]float64{
		"keptBytes": (after.heap - before.heap) / float64(n),
	}}
}
