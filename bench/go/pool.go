package main

import (
	"sort"
	"time"
)

// add runs a + b on a goroutine of its own and hands back where the sum will be.
func add(a, b int) <-chan int {
	result := make(chan int, 1)
	go func() { result <- a + b }()
	return result
}

func task(n int) sample {
	running := make([]<-chan int, n)
	for i := range running {
		running[i] = add(i, 1)
	}
	sum := 0
	for _, result := range running {
		sum += <-result
	}
	return sample{Sum: float64(sum)}
}

func taskLatency(n int) sample {
	took := make([]float64, n)
	sum := 0
	for i := range took {
		from := time.Now()
		sum += <-add(i, 1)
		took[i] = float64(time.Since(from).Nanoseconds()) / 1000
	}
	sort.Float64s(took)
	return sample{Sum: float64(sum), Figures: map[string]float64{"p50": took[n/2], "p99": took[n*99/100]}}
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	left, right := make(chan int, 1), make(chan int, 1)
	go func() { left <- fib(n - 1) }()
	go func() { right <- fib(n - 2) }()
	return <-left + <-right
}

func taskFib(n int) sample { return sample{Sum: float64(fib(n))} }

const rangeSize = 50_000

func primesIn(number int) int {
	count := 0
	for n := number * rangeSize; n < (number+1)*rangeSize; n++ {
		prime := n > 1
		for d := 2; d*d <= n && prime; d++ {
			prime = n%d != 0
		}
		if prime {
			count++
		}
	}
	return count
}

func taskCPU(n int) sample {
	started, cpu := time.Now(), cpuMillis()
	running := make([]chan int, n)
	for i := range running {
		i, result := i, make(chan int, 1)
		running[i] = result
		go func() { result <- primesIn(i) }()
	}
	sum := 0
	for _, result := range running {
		sum += <-result
	}
	ms, cpuMs := millis(started), cpuMillis()-cpu
	again := time.Now()
	for i := 0; i < n; i++ {
		sum -= primesIn(i)
	}
	alone := millis(again)
	figures := map[string]float64{"alone": alone, "speedUp": alone / ms}
	return sample{Sum: float64(sum), Ms: ms, CPUMs: cpuMs, Figures: figures}
}

// payload copies both ways, as threads without common memory have to.
func payload(bytes int) program {
	return func(n int) sample {
		clients := make([]chan int, 8)
		for i := range clients {
			i, client := i, make(chan int, 1)
			clients[i] = client
			go func() {
				sum := 0
				for k := i; k < n; k += len(clients) {
					there := append([]byte(nil), make([]byte, bytes)...)
					result := make(chan []byte, 1)
					go func() {
						there[0] = 1
						result <- append([]byte(nil), there...)
					}()
					if back := <-result; len(back) == bytes {
						sum += int(back[0])
					}
				}
				client <- sum
			}()
		}
		sum := 0
		for _, client := range clients {
			sum += <-client
		}
		return sample{Sum: float64(sum)}
	}
}

func taskStuck(n int) sample {
	if n == 0 {
		return sample{}
	}
	go func() {
		for {
		}
	}()
	time.Sleep(100 * time.Millisecond)
	from := time.Now()
	running := make([]<-chan int, n)
	for i := range running {
		running[i] = add(i, 1)
	}
	first := 0.0
	for i, result := range running {
		<-result
		if i == 0 {
			first = millis(from)
		}
	}
	return sample{Sum: float64(n), Ms: millis(from), Ops: n, Figures: map[string]float64{"done": float64(n), "first": first}}
}
