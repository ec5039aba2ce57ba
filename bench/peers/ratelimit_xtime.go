// How long golang.org/x/time/rate takes for a decision: one limiter, and a million in a sync.Map.
// Prints Google Benchmark's JSON form.
// usage: ratelimit_xtime REPETITIONS
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const keys = 1000000
const rounds = 500000

type result struct {
	Name       string  `json:"name"`
	RunName    string  `json:"run_name"`
	RunType    string  `json:"run_type"`
	Repetition int     `json:"repetition_index"`
	Iterations int     `json:"iterations"`
	RealTime   float64 `json:"real_time"`
	CPUTime    float64 `json:"cpu_time"`
	TimeUnit   string  `json:"time_unit"`
}

func measure(name string, repetition int, work func(int)) result {
	begin := time.Now()
	work(rounds)
	spent := float64(time.Since(begin).Nanoseconds()) / rounds
	return result{name, name, "iteration", repetition, rounds, spent, spent, "ns"}
}

func key(number uint64) string { return fmt.Sprintf("user:%011d", number) }

func main() {
	repetitions, err := strconv.Atoi(append(os.Args, "")[1])
	if err != nil || repetitions < 1 {
		fmt.Fprintln(os.Stderr, "usage: ratelimit_xtime REPETITIONS")
		os.Exit(2)
	}
	one := rate.NewLimiter(1e9, 1<<30)
	var many sync.Map
	names := make([]string, keys)
	for i := range names {
		names[i] = key(uint64(i))
		many.Store(names[i], rate.NewLimiter(1e9, 1<<30))
	}
	var all []result
	for i := 0; i < repetitions; i++ {
		all = append(all, measure("ratelimit_one_count/peer:go-x-time-rate", i, func(n int) {
			for j := 0; j < n; j++ {
				if !one.Allow() {
					panic("refused")
				}
			}
		}))
		all = append(all, measure("ratelimit_1M_keys/peer:go-x-time-rate", i, func(n int) {
			state := uint64(88172645463325252)
			for j := 0; j < n; j++ {
				state ^= state << 13
				state ^= state >> 7
				state ^= state << 17
				found, _ := many.Load(names[state%keys])
				if !found.(*rate.Limiter).Allow() {
					panic("refused")
				}
			}
		}))
	}
	out := map[string]interface{}{"context": map[string]string{"go": runtime.Version()}, "benchmarks": all}
	if json.NewEncoder(os.Stdout).Encode(out) != nil {
		os.Exit(1)
	}
}
