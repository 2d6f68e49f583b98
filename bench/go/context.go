package main

import (
	"context"
	"time"
)

const contextFan = 10

func contextTree(n int) sample {
	root, cancel := context.WithCancel(context.Background())
	all := make([]context.Context, 0, n)
	all = append(all, root)
	for i := 0; len(all) < n; i++ {
		for k := 0; k < contextFan && len(all) < n; k++ {
			// The root cancels them.
			ctx, _ := context.WithCancel(all[i])
			all = append(all, ctx)
		}
	}
	cancel()
	sum := 0
	for _, ctx := range all {
		if ctx.Err() != nil {
			sum++
		}
	}
	return sample{Sum: float64(sum)}
}

func contextChild(n int) sample {
	parent, cancelParent := context.WithCancel(context.Background())
	defer cancelParent()
	sum := 0
	for i := 0; i < n; i++ {
		ctx, cancel := context.WithCancel(parent)
		cancel()
		if ctx.Err() != nil {
			sum++
		}
	}
	return sample{Sum: float64(sum)}
}

func contextTimeout(n int) sample {
	return contextTimeouts(context.Background(), n)
}

func contextTimeoutChild(n int) sample {
	parent, cancelParent := context.WithCancel(context.Background())
	defer cancelParent()
	return contextTimeouts(parent, n)
}

func contextTimeouts(parent context.Context, n int) sample {
	sum := 0
	for i := 0; i < n; i++ {
		ctx, cancel := context.WithTimeout(parent, 5*time.Second)
		cancel()
		if ctx.Err() != nil {
			sum++
		}
	}
	return sample{Sum: float64(sum)}
}

type contextKey int

func contextValue(n int) sample {
	ctx := context.Background()
	for i := 0; i < 10; i++ {
		ctx = context.WithValue(ctx, contextKey(i), 1)
	}
	sum := 0
	for i := 0; i < n; i++ {
		sum += ctx.Value(contextKey(0)).(int)
	}
	return sample{Sum: float64(sum)}
}
