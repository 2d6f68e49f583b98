//go:build unix

package main

import "syscall"

// cpuMillis is the CPU time that this process has used: what a busy machine does not stretch.
func cpuMillis() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e6
}
