// Checks with golang.org/x/mod/sumdb what golang_test.cc wrote to the directory os.Args[1]: the
// checkpoint, proofs and tiles of a log. Prints what it checked; panics at the first fault.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func read(name string) []byte {
	data, err := os.ReadFile(filepath.Join(os.Args[1], name))
	must(err)
	return data
}

func hash(text string) (h tlog.Hash) {
	data, err := base64.StdEncoding.DecodeString(text)
	must(err)
	if len(data) != len(h) {
		panic("not a hash: " + text)
	}
	copy(h[:], data)
	return h
}

// tiles reads the files of the log; Go's names have the height, 8, in them.
type tiles struct{ saved int }

func (t *tiles) Height() int { return 8 }
func (t *tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		all = append(all, read(path))
	}
	return all, nil
}
func (t *tiles) SaveTiles(saved []tlog.Tile, data [][]byte) { t.saved += len(saved) }

func main() {
	verifier, err := note.NewVerifier(strings.TrimSpace(string(read("vkey"))))
	must(err)
	opened, err := note.Open(read("checkpoint"), note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	if lines[0] != verifier.Name() {
		panic("another log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root := hash(lines[2])
	// Signing with the same key must give the same bytes.
	signer, err := note.NewSigner(strings.TrimSpace(string(read("skey"))))
	must(err)
	signed, err := note.Sign(&note.Note{Text: opened.Text}, signer)
	must(err)
	if !bytes.Equal(signed, read("checkpoint")) {
		panic("signed otherwise")
	}

	var leaves []tlog.Hash
	for _, record := range bytes.Split(bytes.TrimSuffix(read("records"), []byte("\n")), []byte("\n")) {
		leaves = append(leaves, tlog.RecordHash(record))
	}
	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, &tiles{})
	records, trees := 0, 0
	scanner := bufio.NewScanner(bytes.NewReader(read("proofs")))
	for scanner.Scan() {
		words := strings.Fields(scanner.Text())
		n, err := strconv.ParseInt(words[1], 10, 64)
		must(err)
		var proof []tlog.Hash
		for _, word := range words[3:] {
			proof = append(proof, hash(word))
		}
		if words[0] == "record" {
			must(tlog.CheckRecord(proof, size, root, n, leaves[n]))
			if tlog.CheckRecord(proof, size, root, n, leaves[(n+1)%size]) == nil {
				panic("accepts another record")
			}
			own, err := tlog.ProveRecord(size, n, reader)
			must(err)
			if fmt.Sprint(own) != fmt.Sprint(tlog.RecordProof(proof)) {
				panic("proves otherwise from the tiles")
			}
			records++
		} else {
			must(tlog.CheckTree(proof, size, root, n, hash(words[2])))
			trees++
		}
	}
	fmt.Printf("1 checkpoint, %d records, %d trees", records, trees)
}
