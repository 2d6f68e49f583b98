// Command bench runs the Go twin of one row of the suite: bench ROW N WARMN SAMPLES.
//
// It prints what a child of bench/run.ts prints: one line of JSON. The programs do what those of
// ../async and ../gmp do, as one writes it in Go.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

type sample struct {
	Sum     float64            `json:"sum"`
	Ms      float64            `json:"ms"`
	CPUMs   float64            `json:"cpuMs,omitempty"`
	Ops     int                `json:"ops,omitempty"`
	Figures map[string]float64 `json:"figures,omitempty"`
}

type report struct {
	Samples    []sample `json:"samples"`
	PeakRSSKiB int      `json:"peakRssKiB"`
}

// A program runs a workload of size n; it sets Ms where the time of the whole is not what counts.
type program func(n int) sample

var programs = map[string]program{
	"unbuffered":            stream(0),
	"buffered100":           stream(100),
	"pingpong":              pingpong,
	"select2":               select2,
	"select4":               select4,
	"fan":                   fan,
	"sieve":                 sieve,
	"spawn":                 spawn,
	"parked":                parked,
	"abort":                 abort,
	"eventloop":             eventloop,
	"select-idle":           selectIdle,
	"context-tree-10k":      contextTree,
	"context-tree":          contextTree,
	"context-child":         contextChild,
	"context-timeout":       contextTimeout,
	"context-timeout-child": contextTimeoutChild,
	"mutex":                 mutex,
	"mutex-using":           mutexUsing,
	"mutex-100":             mutex100,
	"rwmutex":               rwmutex,
	"waitgroup":             waitgroup,
	"once":                  once,
	"semaphore":             semaphoreAlone,
	"bounded":               bounded,
	"context-value":         contextValue,
	"map8":                  map8,
	"pipeline4":             pipeline4(false),
	"pipeline4-wait":        pipeline4(true),
	"limiter":               limiter,
	"task":                  task,
	"task-latency":          taskLatency,
	"task-fib":              taskFib,
	"task-cpu":              taskCPU,
	"task-1k":               payload(1 << 10),
	"task-64k":              payload(1 << 16),
	"task-1m":               payload(1 << 20),
	"task-stuck":            taskStuck,
	"thread-stream":         stream(1024),
	"thread-items":          items,
	"thread-pingpong":       pingpong,
	"thread-mutex":          threadMutex,
	"thread-cancel":         threadCancel,
}

// warmTime is how long the warm-up is repeated, as in ../harness/child.ts.
const warmTime = 300 * time.Millisecond

func millis(since time.Time) float64 { return float64(time.Since(since).Nanoseconds()) / 1e6 }

func run(p program, n int) sample {
	started, cpu := time.Now(), cpuMillis()
	s := p(n)
	if s.Ms == 0 {
		s.Ms, s.CPUMs = millis(started), cpuMillis()-cpu
	}
	return s
}

// status reads a field of /proc/self/status in KiB; 0 where there is no such file.
func status(field string) int {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(text), "\n") {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			kib, _ := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(rest, "kB")))
			return kib
		}
	}
	return 0
}

func number(i int) int {
	if i >= len(os.Args) {
		fail("usage: bench ROW N WARMN SAMPLES")
	}
	n, err := strconv.Atoi(os.Args[i])
	if err != nil {
		fail(err.Error())
	}
	return n
}

func fail(text string) {
	fmt.Fprintln(os.Stderr, text)
	os.Exit(2)
}

func main() {
	n, warmN, samples := number(2), number(3), number(4)
	p, ok := programs[os.Args[1]]
	if !ok {
		// Goroutines are no threads: there is nothing to start, and nothing that idles.
		fmt.Println("null")
		return
	}
	for started := time.Now(); ; {
		p(warmN)
		if time.Since(started) > warmTime {
			break
		}
	}
	var r report
	for i := 0; i < samples; i++ {
		r.Samples = append(r.Samples, run(p, n))
	}
	r.PeakRSSKiB = status("VmHWM")
	if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
		fail(err.Error())
	}
}
