// The rival: etcd's own client, in Go. Prints one line of JSON.
//
//	rival ENDPOINT get|put|puts|create|mutex CALLERS LIMIT
//	rival ENDPOINT handover COUNT
//	rival ENDPOINT list PREFIX PAGE
//	rival ENDPOINT seed PREFIX FIRST COUNT PER_DIRECTORY PER_SECOND
//	rival ENDPOINT watch PREFIX COUNT
//	rival ENDPOINT wipe
//
// LIMIT is a time, as in 0.8s, or a number of calls of all callers together, as in load.c. get and
// put are of the caller's own key, puts is two of the latter, create makes a new key each time, and
// mutex locks and unlocks the caller's own concurrency.Mutex. handover is from the unlock of such a
// mutex to the end of another client's wait for it. seed puts the keys PREFIXn/m, PER_DIRECTORY of
// them for each n, PER_SECOND of them a second (0: as fast as it goes). watch says "ready", and ends
// after so many changes with the processor time that it has used for them.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/etcd/clientv3"
	"go.etcd.io/etcd/clientv3/concurrency"
)

const seedTxn = 100 // keys
const seedFlight = 8
const wipePage = 1000                      // keys
const etcdCommits = 100 * time.Millisecond // etcd's --backend-batch-interval

var value = strings.Repeat("v", 60)

func check(err error) {
	if err != nil {
		log.Fatal("rival: ", err)
	}
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	check(err)
	return n
}

// --- Callers ---

type run struct {
	client     *clientv3.Client
	operation  string
	seconds    float64
	left       int64
	begin, end time.Time
	mutexes    []*concurrency.Mutex
}

type samples struct {
	tookUs []float64
	failed int
	reason string
}

func (r *run) call(caller, serial int) error {
	var err error
	key := fmt.Sprintf("rival/%d", caller)
	switch r.operation {
	case "get":
		_, err = r.client.Get(context.Background(), key)
	case "put":
		_, err = r.client.Put(context.Background(), key, value)
	case "puts":
		_, err = r.client.Put(context.Background(), key, value)
		check(err)
		_, err = r.client.Put(context.Background(), key, value)
	case "mutex":
		check(r.mutexes[caller].Lock(context.Background()))
		err = r.mutexes[caller].Unlock(context.Background())
	case "create":
		key = fmt.Sprintf("rival-new/%d/%d/%d", os.Getpid(), caller, serial)
		_, err = r.client.Put(context.Background(), key, value)
	default:
		log.Fatal("rival: no such operation: ", r.operation)
	}
	return err
}

func (r *run) isNext() bool {
	if r.seconds > 0 {
		return time.Now().Before(r.end)
	}
	return atomic.AddInt64(&r.left, -1) >= 0
}

func (r *run) caller(index int, found *samples) {
	for serial := 0; r.isNext(); serial++ {
		began := time.Now()
		err := r.call(index, serial)
		ended := time.Now()
		switch {
		case r.seconds > 0 && (ended.Before(r.begin) || ended.After(r.end)):
		case err != nil:
			found.failed++
			found.reason = err.Error()
		default:
			found.tookUs = append(found.tookUs, float64(ended.Sub(began).Nanoseconds())/1e3)
		}
	}
}

func (r *run) setLimit(limit string) {
	if strings.HasSuffix(limit, "s") {
		seconds, err := strconv.ParseFloat(strings.TrimSuffix(limit, "s"), 64)
		check(err)
		r.seconds = seconds
	} else {
		r.left = int64(number(limit))
	}
}

func (r *run) run(callers int) {
	var all samples
	var wait sync.WaitGroup
	found := make([]samples, callers)
	for i := range found { // the connection stands, and each caller has its key
		key := fmt.Sprintf("rival/%d", i)
		_, err := r.client.Put(context.Background(), key, value)
		check(err)
		if r.operation == "mutex" {
			r.mutexes = append(r.mutexes, newMutex(r.client, key))
		}
	}
	length := time.Duration(r.seconds * float64(time.Second))
	r.begin = time.Now().Add(length / 10)
	r.end = r.begin.Add(length)
	for i := range found {
		wait.Add(1)
		go func(i int) {
			defer wait.Done()
			r.caller(i, &found[i])
		}(i)
	}
	wait.Wait()
	for _, one := range found {
		all.tookUs = append(all.tookUs, one.tookUs...)
		all.failed += one.failed
		all.reason += one.reason
	}
	if r.seconds == 0 {
		r.seconds = time.Since(r.begin).Seconds()
	}
	all.print(r.seconds)
}

func (s *samples) print(seconds float64) {
	n, sum := len(s.tookUs), 0.0
	if n == 0 {
		log.Fatal("rival: no call succeeded: ", s.reason)
	}
	sort.Float64s(s.tookUs)
	for _, took := range s.tookUs {
		sum += took
	}
	fmt.Printf("{\"calls\": %d, \"failed\": %d, \"seconds\": %.6f, \"rate\": %.1f, "+
		"\"mean_us\": %.2f, \"p50_us\": %.2f, \"p99_us\": %.2f}\n",
		n, s.failed, seconds, float64(n)/seconds, sum/float64(n), s.tookUs[n/2], s.tookUs[n*99/100])
}

// --- Locks ---

// newMutex is of a lease of its own.
func newMutex(client *clientv3.Client, name string) *concurrency.Mutex {
	session, err := concurrency.NewSession(client, concurrency.WithTTL(60))
	check(err)
	return concurrency.NewMutex(session, name)
}

// handover hands one lock to and fro between two clients. The one unlocks when etcd has the keys of
// both.
func handover(clients [2]*clientv3.Client, count int) {
	var found samples
	var mutexes [2]*concurrency.Mutex
	background := context.Background()
	began, granted := time.Now(), make(chan time.Time)
	for i := range mutexes {
		mutexes[i] = newMutex(clients[i], "rival-lock")
	}
	for i := 0; i < count; i++ {
		holder, waiter := mutexes[i%2], mutexes[(i+1)%2]
		check(holder.Lock(background))
		go func() {
			check(waiter.Lock(background))
			granted <- time.Now()
		}()
		for keys := int64(0); keys < 2; {
			reply, err := clients[0].Get(background, "rival-lock/", clientv3.WithPrefix(),
				clientv3.WithCountOnly())
			check(err)
			keys = reply.Count
		}
		unlocked := time.Now()
		check(holder.Unlock(background))
		took := (<-granted).Sub(unlocked)
		found.tookUs = append(found.tookUs, float64(took.Nanoseconds())/1e3)
		check(waiter.Unlock(background))
	}
	found.print(time.Since(began).Seconds())
}

// --- The whole keyspace ---

func list(client *clientv3.Client, prefix string, page int) {
	var keys int
	var revision int64
	began, from, end := time.Now(), prefix, clientv3.GetPrefixRangeEnd(prefix)
	for {
		reply, err := client.Get(context.Background(), from, clientv3.WithRange(end),
			clientv3.WithLimit(int64(page)), clientv3.WithRev(revision))
		check(err)
		revision = reply.Header.Revision
		keys += len(reply.Kvs)
		if !reply.More {
			break
		}
		from = string(reply.Kvs[len(reply.Kvs)-1].Key) + "\x00"
	}
	fmt.Printf("{\"keys\": %d, \"seconds\": %.6f}\n", keys, time.Since(began).Seconds())
}

// wipe removes all keys, some at a time, each after etcd has committed those before. etcd 3.4 copies
// a buffer for each read, and that buffer stays as large as the most changes that one commit had:
// with all keys in one call each later read and transaction would take some milliseconds more.
func wipe(client *clientv3.Client) {
	background := context.Background()
	for {
		page, err := client.Get(background, "\x00", clientv3.WithFromKey(), clientv3.WithKeysOnly(),
			clientv3.WithLimit(wipePage))
		check(err)
		if len(page.Kvs) == 0 {
			break
		}
		_, err = client.Delete(background, string(page.Kvs[0].Key), clientv3.WithRange(
			string(page.Kvs[len(page.Kvs)-1].Key)+"\x00"))
		check(err)
		if page.More {
			time.Sleep(2 * etcdCommits)
		}
	}
	fmt.Println("{}")
}

func seed(client *clientv3.Client, prefix string, first, count, perDirectory, perSecond int) {
	var wait sync.WaitGroup
	free := make(chan bool, seedFlight)
	began, last := time.Now(), first+count
	for i := first; i < last; i += seedTxn {
		var puts []clientv3.Op
		for n := i; n < i+seedTxn && n < last; n++ {
			key := fmt.Sprintf("%s%04d/%05d", prefix, n/perDirectory, n%perDirectory)
			puts = append(puts, clientv3.OpPut(key, value))
		}
		if perSecond > 0 {
			time.Sleep(time.Until(began.Add(time.Duration(i-first) * time.Second /
				time.Duration(perSecond))))
		}
		free <- true
		wait.Add(1)
		go func() {
			defer wait.Done()
			_, err := client.Txn(context.Background()).Then(puts...).Commit()
			check(err)
			<-free
		}()
	}
	wait.Wait()
	fmt.Printf("{\"keys\": %d, \"seconds\": %.6f}\n", count, time.Since(began).Seconds())
}

func processorUs() float64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e3
}

func watch(client *clientv3.Client, prefix string, count int) {
	changes := client.Watch(context.Background(), prefix, clientv3.WithPrefix(),
		clientv3.WithCreatedNotify())
	stands := <-changes
	check(stands.Err())
	fmt.Println("ready")
	before, seen := processorUs(), 0
	for seen < count {
		reply := <-changes
		check(reply.Err())
		seen += len(reply.Events)
	}
	fmt.Printf("{\"changes\": %d, \"processor_us\": %.0f}\n", seen, processorUs()-before)
}

func connect(endpoint string) *clientv3.Client {
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{endpoint},
		DialTimeout: 10 * time.Second, MaxCallRecvMsgSize: 1 << 30})
	check(err)
	soon, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	_, err = client.Get(soon, "is-anybody-there")
	cancel()
	check(err)
	return client
}

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: see rival.go")
	}
	client := connect(os.Args[1])
	defer client.Close()
	rest := os.Args[3:]
	switch operation := os.Args[2]; operation {
	case "list":
		list(client, rest[0], number(rest[1]))
	case "seed":
		seed(client, rest[0], number(rest[1]), number(rest[2]), number(rest[3]), number(rest[4]))
	case "watch":
		watch(client, rest[0], number(rest[1]))
	case "handover":
		handover([2]*clientv3.Client{client, connect(os.Args[1])}, number(rest[0]))
	case "wipe":
		wipe(client)
	default:
		r := run{client: client, operation: operation}
		r.setLimit(rest[1])
		r.run(number(rest[0]))
	}
}
