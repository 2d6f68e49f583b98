package main

import "sync"

func stream(capacity int) program {
	return func(n int) sample {
		c := make(chan int, capacity)
		go func() {
			for i := 0; i < n; i++ {
				c <- i
			}
			close(c)
		}()
		sum := 0
		for v := range c {
			sum += v
		}
		return sample{Sum: float64(sum)}
	}
}

type item struct {
	id   int
	name string
	ok   bool
	size float64
	tag  string
}

func items(n int) sample {
	c := make(chan *item, 1024)
	go func() {
		for i := 0; i < n; i++ {
			c <- &item{i, "a name", true, 1.5, "tag"}
		}
		close(c)
	}()
	sum := 0
	for v := range c {
		sum += v.id
	}
	return sample{Sum: float64(sum)}
}

func pong(there <-chan int, back chan<- int) {
	for v := range there {
		back <- v + 1
	}
	close(back)
}

func pingpong(n int) sample {
	there, back := make(chan int), make(chan int)
	go pong(there, back)
	sum := 0
	for i := 0; i < n; i++ {
		there <- i
		sum += <-back
	}
	close(there)
	<-back
	return sample{Sum: float64(sum)}
}

func select2(n int) sample {
	data, done := make(chan int), make(chan struct{})
	go func() {
		for i := 0; i < n; i++ {
			data <- i
		}
		close(done)
	}()
	sum := 0
	for {
		select {
		case v := <-data:
			sum += v
		case <-done:
			return sample{Sum: float64(sum)}
		}
	}
}

func produce(n int) <-chan int {
	c := make(chan int)
	go func() {
		for i := 0; i < n; i++ {
			c <- i
		}
	}()
	return c
}

func select4(n int) sample {
	c0, c1, c2, c3 := produce(n/4), produce(n/4), produce(n/4), produce(n/4)
	sum := 0
	for i := 0; i < n; i++ {
		select {
		case v := <-c0:
			sum += v
		case v := <-c1:
			sum += v
		case v := <-c2:
			sum += v
		case v := <-c3:
			sum += v
		}
	}
	return sample{Sum: float64(sum)}
}

func fan(n int) sample {
	c, sums := make(chan int), make(chan int)
	var producers sync.WaitGroup
	producers.Add(8)
	for p := 0; p < 8; p++ {
		go func() {
			for i := 0; i < n/8; i++ {
				c <- i
			}
			producers.Done()
		}()
		go func() {
			sum := 0
			for v := range c {
				sum += v
			}
			sums <- sum
		}()
	}
	producers.Wait()
	close(c)
	total := 0
	for p := 0; p < 8; p++ {
		total += <-sums
	}
	return sample{Sum: float64(total)}
}

// nthPrime tells the generator of candidates where to end, so that the chain ends too.
func nthPrime(n int) int {
	var found []int
search:
	for i := 2; len(found) < n; i++ {
		for _, p := range found {
			if i%p == 0 {
				continue search
			}
		}
		found = append(found, i)
	}
	return found[n-1]
}

func filter(from <-chan int, out chan<- int, prime int) {
	for v := range from {
		if v%prime != 0 {
			out <- v
		}
	}
	close(out)
}

func sieve(n int) sample {
	last := nthPrime(n)
	return run(func(n int) sample {
		from := make(chan int)
		go func(out chan<- int) {
			for i := 2; i <= last; i++ {
				out <- i
			}
			close(out)
		}(from)
		sum := 0
		for i := 0; i < n; i++ {
			prime := <-from
			sum += prime
			out := make(chan int)
			go filter(from, out, prime)
			from = out
		}
		if _, ok := <-from; ok {
			fail("the sieve went on after its last prime")
		}
		return sample{Sum: float64(sum)}
	}, n)
}
