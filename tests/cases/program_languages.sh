#!/bin/bash
# The file interfaces of Node, Java and Go, where these are installed.
# Statements: 12, 42, 45, 173, 200, 257.
. "$(dirname "$0")/../lib/case.sh"

umask 022
start_mount
in_mount 'mkdir node java go'
mkdir "$DIR/source" "$DIR/source/sub"
seq 2000 >"$DIR/source/numbers"
printf '\0\377' >"$DIR/source/sub/bytes"
touch -d '2001-02-03' "$DIR/source/numbers"

cat >"$DIR/files.js" <<'NODE'
const { deepEqual: equal, throws } = require('assert');
const fs = require('fs');
const { pipeline } = require('stream/promises');
const zlib = require('zlib');
const source = process.env.DIR + '/source';
const text = name => fs.readFileSync(name, 'utf8');
const refused = (code, run) => throws(run, { code });

fs.writeFileSync('file', 'one\n');
fs.appendFileSync('file', 'two\n');
equal(text('file'), 'one\ntwo\n');
fs.truncateSync('file', 4);
equal([text('file'), fs.statSync('file').size], ['one\n', 4]);
refused('EEXIST', () => fs.writeFileSync('file', '', { flag: 'wx' }));
fs.writeFileSync('new', 'new');
fs.renameSync('new', 'file');
equal([text('file'), fs.existsSync('new')], ['new', false]);
fs.copyFileSync('file', 'copy');
refused('EEXIST', () => fs.copyFileSync('file', 'copy', fs.constants.COPYFILE_EXCL));
fs.utimesSync('copy', 1, 2);
equal(fs.statSync('copy').mtimeMs, 2000);
fs.symlinkSync('file', 'link');
equal(fs.readlinkSync('link'), 'file');
fs.unlinkSync('link');
refused('EFBIG', () => fs.writeFileSync('big', Buffer.alloc(2 << 20)));

fs.cpSync(source, 'tree', { recursive: true, preserveTimestamps: true });
equal(fs.readdirSync('tree', { recursive: true }).sort(), ['numbers', 'sub', 'sub/bytes']);
equal(fs.readFileSync('tree/sub/bytes'), Buffer.from([0, 255]));
equal(fs.statSync('tree/numbers').mtimeMs, fs.statSync(source + '/numbers').mtimeMs);
const names = [];
const directory = fs.opendirSync('tree');
for (let entry; (entry = directory.readSync()); ) names.push(entry.name + (entry.isDirectory() ? '/' : ''));
directory.closeSync();
equal(names.sort(), ['numbers', 'sub/']);
fs.rmSync('tree', { recursive: true });
equal(fs.existsSync('tree'), false);
const made = fs.mkdtempSync('made-');
fs.rmdirSync(made);

async function streams() {
	const write = fs.createWriteStream('stream.gz');
	await pipeline(fs.createReadStream(source + '/numbers'), zlib.createGzip(), write);
	equal(zlib.gunzipSync(fs.readFileSync('stream.gz')), fs.readFileSync(source + '/numbers'));
	const lines = Array.from({ length: 50 }, (_, i) => i + '\n');
	await Promise.all(lines.map(line => fs.promises.appendFile('lines', line)));
	equal(text('lines').split('\n').sort(), lines.join('').split('\n').sort());
	const file = await fs.promises.open('handle', 'w+');
	await file.write('x', 2);
	await file.sync();
	equal(text('handle'), '\0\0x');
	await file.close();
}
streams().then(() => console.log('done'));
NODE

cat >"$DIR/Files.java" <<'JAVA'
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardCopyOption.*;
import static java.nio.file.StandardOpenOption.*;
import java.io.*;
import java.nio.*;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.*;
import java.nio.file.attribute.*;
import java.util.*;
import java.util.stream.Stream;

class Main {
	interface Run { void run() throws Exception; }

	static void equal(Object want, Object have) {
		if (!want.equals(have))
			throw new AssertionError("expected " + want + ", got " + have);
	}

	static void refused(String words, Run run) throws Exception {
		try {
			run.run();
		} catch (IOException error) {
			if (!error.toString().contains(words))
				throw error;
			return;
		}
		throw new AssertionError("accepted, not " + words);
	}

	static void files(Path file) throws Exception {
		Files.writeString(file, "one\n");
		Files.writeString(file, "two\n", APPEND);
		equal("one\ntwo\n", Files.readString(file));
		refused("FileAlreadyExists", () -> Files.newOutputStream(file, CREATE_NEW));
		Path made = Files.writeString(Path.of("new"), "new");
		Files.move(made, file, ATOMIC_MOVE);
		equal("new", Files.readString(file));
		equal(false, Files.exists(made));
		Files.setLastModifiedTime(file, FileTime.fromMillis(1234567890123L));
		Path copy = Files.copy(file, Path.of("copy"), COPY_ATTRIBUTES);
		equal(FileTime.fromMillis(1234567890123L), Files.getLastModifiedTime(copy));
		equal("java/file", new String((byte[]) Files.getAttribute(file, "user:etcd.key"), UTF_8));
		Path temporary = Files.createTempFile(Path.of("."), "a", "b");
		Files.delete(temporary);
		Files.createSymbolicLink(Path.of("link"), file);
		equal(file, Files.readSymbolicLink(Path.of("link")));
		Files.delete(Path.of("link"));
		refused("File too large", () -> Files.write(Path.of("big"), new byte[2 << 20]));
	}

	static void channels(Path file) throws Exception {
		try (RandomAccessFile random = new RandomAccessFile("random", "rw")) {
			random.seek(2);
			random.writeInt(7);
			random.setLength(8);
			random.seek(2);
			equal(7, random.readInt());
			equal(8L, random.length());
		}
		try (FileChannel channel = FileChannel.open(file, READ, WRITE)) {
			MappedByteBuffer map = channel.map(FileChannel.MapMode.PRIVATE, 0, 3);
			equal((byte) 'n', map.get(0));
			refused("No such device", () -> channel.map(FileChannel.MapMode.READ_ONLY, 0, 3));
			try (FileLock lock = channel.tryLock()) {
				equal(true, lock.isValid());
			}
			try (FileChannel out = FileChannel.open(Path.of("out"), CREATE, WRITE)) {
				equal(3L, channel.transferTo(0, 3, out));
			}
			channel.force(true);
		}
		equal("new", Files.readString(Path.of("out")));
		Properties properties = new Properties();
		properties.setProperty("a", "b");
		try (Writer writer = new FileWriter("properties")) {
			properties.store(writer, null);
		}
		Properties again = new Properties();
		try (Reader reader = new FileReader("properties")) {
			again.load(reader);
		}
		equal(properties, again);
	}

	static void trees(Path source) throws Exception {
		Path tree = Files.createTempDirectory(Path.of("."), "tree");
		List<Path> paths;
		try (Stream<Path> walk = Files.walk(source)) {
			paths = new ArrayList<>(walk.map(source::relativize).sorted().toList());
		}
		for (Path path : paths)
			Files.copy(source.resolve(path), tree.resolve(path), REPLACE_EXISTING);
		try (Stream<Path> walk = Files.walk(tree)) {
			equal(paths, walk.map(tree::relativize).sorted().toList());
		}
		for (Path path : paths)
			if (Files.isRegularFile(source.resolve(path)))
				equal(-1L, Files.mismatch(source.resolve(path), tree.resolve(path)));
		refused("DirectoryNotEmpty", () -> Files.delete(tree));
		Collections.reverse(paths);
		for (Path path : paths)
			Files.delete(path.toString().isEmpty() ? tree : tree.resolve(path));
		equal(false, Files.exists(tree));
	}

	public static void main(String[] arguments) throws Exception {
		files(Path.of("file"));
		channels(Path.of("file"));
		trees(Path.of(System.getenv("DIR"), "source"));
		System.out.println("done");
	}
}
JAVA

cat >"$DIR/files.go" <<'GO'
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

func done(err error) {
	if err != nil {
		panic(err)
	}
}

func is(want, have error) {
	if !errors.Is(have, want) {
		panic(fmt.Sprintf("expected %v, got %v", want, have))
	}
}

func equal(want string, name string) {
	have, err := os.ReadFile(name)
	done(err)
	if want != string(have) {
		panic(fmt.Sprintf("%s: expected %q, got %q", name, want, have))
	}
}

func one(name string) {
	done(os.WriteFile(name, []byte("one\n"), 0644))
	file, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	done(err)
	_, err = file.WriteString("two\n")
	done(err)
	done(file.Close())
	equal("one\ntwo\n", name)
	_, err = os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0644)
	is(fs.ErrExist, err)
	made, err := os.CreateTemp(".", "made")
	done(err)
	_, err = made.WriteString("new")
	done(err)
	done(made.Sync())
	done(made.Close())
	done(os.Rename(made.Name(), name))
	equal("new", name)
	is(fs.ErrNotExist, os.Remove(made.Name()))
	done(os.Truncate(name, 5))
	equal("new\000\000", name)
	done(os.Symlink(name, "link"))
	done(os.Remove("link"))
	is(syscall.EFBIG, os.WriteFile("big", make([]byte, 2<<20), 0644))
}

// io.Copy of two files is copy_file_range where the system has it.
func copyFile(from, to string) {
	in, err := os.Open(from)
	done(err)
	defer in.Close()
	out, err := os.Create(to)
	done(err)
	_, err = io.Copy(out, in)
	done(err)
	done(out.Close())
	want, err := os.ReadFile(from)
	done(err)
	have, err := os.ReadFile(to)
	done(err)
	if !bytes.Equal(want, have) {
		panic(to + ": is not what was copied")
	}
}

func tree(source string) {
	done(filepath.WalkDir(source, func(path string, entry fs.DirEntry, err error) error {
		done(err)
		name, err := filepath.Rel(source, path)
		done(err)
		if entry.IsDir() {
			return os.MkdirAll(filepath.Join("tree", name), 0755)
		}
		copyFile(path, filepath.Join("tree", name))
		copyFile(filepath.Join("tree", name), filepath.Join("tree", name+".again"))
		return nil
	}))
	names, err := filepath.Glob("tree/*/*")
	done(err)
	if fmt.Sprint(names) != "[tree/sub/bytes tree/sub/bytes.again]" {
		panic(fmt.Sprint(names))
	}
	done(os.RemoveAll("tree"))
	_, err = os.Stat("tree")
	is(fs.ErrNotExist, err)
}

func lines(name string) {
	var group sync.WaitGroup
	want := 0
	for i := 0; i < 20; i++ {
		want += len(fmt.Sprintln(i))
		group.Add(1)
		go func(i int) {
			defer group.Done()
			file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0644)
			done(err)
			_, err = fmt.Fprintln(file, i)
			done(err)
			done(file.Close())
		}(i)
	}
	group.Wait()
	info, err := os.Stat(name)
	done(err)
	if info.Size() != int64(want) {
		panic(fmt.Sprintf("%s: %d bytes, not %d", name, info.Size(), want))
	}
}

func main() {
	one("file")
	tree(os.Getenv("DIR") + "/source")
	lines("lines")
	fmt.Println("done")
}
GO

# language NAME PROGRAM COMMAND: COMMAND in a directory of NAME, if PROGRAM is there.
language() {
	if command -v "$2" >/dev/null; then
		equal "$1" "done" "$(in_mount "cd $1; $3 2>&1")"
	else
		say "(no $2 here)"
	fi
}

if command -v go >/dev/null; then
	GO111MODULE=off GOCACHE="$DIR/go-build" go build -o "$DIR/files" "$DIR/files.go"
fi
language node node 'node "$DIR/files.js"'
language java javac 'java -XX:+UseSerialGC -XX:-UsePerfData "$DIR/Files.java"'
language go go '"$DIR/files"'
