import Columnar
import Foundation
import Synchronization
import Testing

@testable import FeatureStore

@Suite struct FeatureLogTests {
    /// Present, null, unknown and too old, of every type: before and after they went to Parquet.
    @Test func aRowIsRememberedExactlyAsItWasServed() throws {
        var generator = SeededGenerator(seed: 7)
        let fixture = try FeatureLogFixture()
        try fixture.push([1, 2, 3, 4], at: 1000, &generator)
        try fixture.push([5], at: 10, &generator)
        let reader = try fixture.reader()
        let now = Timestamp(microseconds: 4_000_000_000)
        let ids: [Int64] = [1, 2, 5, 99, 3, 4]
        let served = try reader.read(fixture.keys(ids), at: now, requestIDs: .one("batch"))
        let plain = try reader.reader.read(fixture.keys(ids), at: now)
        #expect(served == plain)
        try reader.flush()
        for isCompacted in [false, true] {
            if isCompacted { #expect(try fixture.store.store.compactLog(of: "m").rowsMoved == ids.count) }
            let rows = try fixture.rows()
            #expect(rows.map(\.requestID) == ids.indices.map { "batch/\($0)" })
            #expect(rows.allSatisfy { $0.time == now && $0.definitions == 1 && $0.encoderState == 0 })
            for (row, (id, values)) in zip(rows, zip(ids, served)) {
                #expect(row.keys.map(\.value.value) == [.int(id), .string("n\(id)")])
                #expect(row.features.map(\.value.value) == values.map(\.value))
                #expect(row.features.map(\.status) == values.map(\.status))
            }
        }
        #expect(Set(served.flatMap { $0.map(\.status) }) == Set(FeatureStatus.allCases))
    }

    @Test func vectorsAreTheSameWithAndWithoutALog() throws {
        var generator = SeededGenerator(seed: 8)
        let numbers = FeatureLogFixture.types.filter { !["city", "raw", "seen"].contains($0.0) }
        let definitions = FeatureLogFixture.definitions().replacing(
            "\"v:*\"", with: numbers.map { "\"v:\($0.0)\"" }.joined(separator: ", "))
        let fixture = try FeatureLogFixture()
        try fixture.store.apply(definitions, allowsRemoval: true)
        try fixture.store.reopen()
        try fixture.push(Array(0..<50), at: 1000, &generator)
        let reader = try fixture.reader()
        let keys = fixture.keys(Array(0..<60))
        let width = try reader.reader.vectorWidth()
        var plain = [Float](repeating: 0, count: 60 * width)
        var logged = plain
        let now = Timestamp(microseconds: 1_000_000_000)
        try plain.withUnsafeMutableBufferPointer { try reader.reader.readVectors(keys, at: now, into: $0) }
        try logged.withUnsafeMutableBufferPointer {
            try reader.readVectors(keys, at: now, requestIDs: .each((0..<60).map { "r\($0)" }), into: $0)
        }
        #expect(plain.map(\.bitPattern) == logged.map(\.bitPattern))
        try reader.flush()
        #expect(try fixture.rows().map(\.requestID) == (0..<60).map { "r\($0)" })
    }

    @Test func aSampleKeepsTheWholeStoryOfAKey() throws {
        var generator = SeededGenerator(seed: 9)
        let fixture = try FeatureLogFixture(log: "{sample: 0.3}")
        try fixture.push(Array(0..<200), at: 1000, &generator)
        let reader = try fixture.reader()
        for round in 0..<3 {
            _ = try reader.read(fixture.keys(Array(0..<200)), at: .now, requestIDs: .one("r\(round)"))
        }
        try reader.flush()
        let counts = Dictionary(grouping: try fixture.rows()) { $0.keys[0].value.value }.mapValues(\.count)
        #expect(counts.values.allSatisfy { $0 == 3 })
        #expect((30...90).contains(counts.count), "\(counts.count) of 200 keys")
        // The same keys as a training set's sample takes.
        let sorted = [fixture.keys(Array(0..<200))[0], fixture.keys(Array(0..<200))[1]]
        let hashes = KeyEncoder([.int64, .string]).encode(sorted).hashes(seed: 0)
        let chosen = RowSample.share(of: 0.3).rows(of: hashes).map { Value.int(Int64($0)) }
        #expect(Set(counts.keys) == Set(chosen))
    }

    @Test func severalWritersShareALog() throws {
        var generator = SeededGenerator(seed: 10)
        let fixture = try FeatureLogFixture()
        try fixture.push(Array(0..<10), at: 1000, &generator)
        let readers = try (0..<4).map { _ in
            try FeatureStore(opening: fixture.store.folder.path).recordingReader(for: "m")
        }
        let failures = Mutex(0)
        let keys = (0..<10).map { fixture.keys([$0]) }
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for number in 0..<200 {
                let reader = readers[thread % 4]
                if (try? reader.read(keys[number % 10], at: .now, requestIDs: .one("\(thread)-\(number)"))) == nil {
                    failures.withLock { $0 += 1 }
                }
            }
        }
        for reader in readers { try reader.flush() }
        #expect(failures.withLock { $0 } == 0)
        let ids = try fixture.rows().map(\.requestID)
        #expect(ids.count == 1600 && Set(ids).count == 1600)
        // What one thread read stays in its order.
        for thread in 0..<8 {
            #expect(ids.filter { $0.hasPrefix("\(thread)-") } == (0..<200).map { "\(thread)-\($0)" })
        }
        // Few batches, however many commits.
        let database = try #require(
            try LogDatabase(folder: fixture.store.store.project.logFolder(of: "m"), isReadOnly: true))
        #expect(try database.parts().count < 40)
    }

    @Test func severalProcessesMayMakeALogAtTheSameTime() throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        let failures = Mutex<[String]>([])
        for round in 0..<20 {
            DispatchQueue.concurrentPerform(iterations: 4) { _ in
                do {
                    _ = try LogDatabase(folder: "\(path)/\(round)", isReadOnly: false)
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
        }
        #expect(failures.withLock { $0 }.isEmpty)
    }

    /// Random reads, compactions and filters against the rows kept in a list.
    @Test func filtersGiveWhatASearchOfAllRowsGives() throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        var generator = SeededGenerator(seed: seed)
        let fixture = try FeatureLogFixture()
        try fixture.push(Array(0..<20), at: 1000, &generator)
        let reader = try fixture.reader()
        var all: [(id: String, key: Int64, time: Int64)] = []
        for round in 0..<60 {
            let time = 1_000_000_000 + Int64.random(in: 0..<1000, using: &generator)
            let keys = (0..<Int.random(in: 1...5, using: &generator)).map { _ in
                Int64.random(in: 0..<25, using: &generator)
            }
            let ids = keys.map { _ in "r\(Int.random(in: 0..<40, using: &generator))" }
            _ = try reader.read(
                fixture.keys(keys), at: Timestamp(microseconds: time), requestIDs: .each(ids))
            all += zip(ids, keys).map { ($0, $1, time) }
            if round % 7 == 0 { try reader.flush() }
            if round % 20 == 19 {
                try reader.flush()
                _ = try fixture.store.store.compactLog(of: "m")
            }
        }
        try reader.flush()
        for _ in 0..<80 {
            var filter = LogFilter()
            if Bool.random(using: &generator) {
                filter.from = Timestamp(microseconds: 1_000_000_000 + Int64.random(in: 0..<1000, using: &generator))
            }
            if Bool.random(using: &generator) {
                filter.to = Timestamp(microseconds: 1_000_000_000 + Int64.random(in: 0..<1000, using: &generator))
            }
            if Bool.random(using: &generator) { filter.requestID = "r\(Int.random(in: 0..<45, using: &generator))" }
            if Bool.random(using: &generator) {
                filter.keys = ["id": .int(Int64.random(in: 0..<25, using: &generator))]
            }
            let expected = all.filter { row in
                (filter.from.map { row.time >= $0.microseconds } ?? true)
                    && (filter.to.map { row.time < $0.microseconds } ?? true)
                    && (filter.requestID.map { row.id == $0 } ?? true)
                    && (filter.keys["id"].map { .int(row.key) == $0 } ?? true)
            }
            let found = try fixture.rows(filter)
            #expect(found.map(\.requestID) == expected.map(\.id), "seed \(seed), \(filter)")
            #expect(found.map(\.time.microseconds) == expected.map(\.time), "seed \(seed), \(filter)")
        }
        let newest = try fixture.rows(newestFirst: true)
        #expect(newest.count == all.count && newest.last?.requestID != nil)
    }

    @Test func rowsOlderThanTheLogIsKeptAreForgotten() throws {
        var generator = SeededGenerator(seed: 11)
        let fixture = try FeatureLogFixture(log: "{retain: 1d}")
        try fixture.push([1], at: 1000, &generator)
        let reader = try fixture.reader()
        fixture.store.clock.time = .now
        _ = try reader.read(fixture.keys([1]), at: .now, requestIDs: .one("old"))
        try reader.flush()
        #expect(try fixture.store.store.compactLog(of: "m").rowsMoved == 1)
        fixture.store.clock.time = Timestamp(microseconds: Timestamp.now.microseconds + 86_400_000_000 + 1)
        let summary = try fixture.store.store.compactLog(of: "m")
        #expect(summary.rowsForgotten == 1)
        #expect(try fixture.rows().isEmpty)
        let files = try FileManager.default.contentsOfDirectory(
            atPath: fixture.store.store.project.logFolder(of: "m"))
        #expect(!files.contains { $0.hasSuffix(".parquet") || $0.hasSuffix(".requests") })
    }

    @Test func whatAServiceDoesNotDeclareIsToldWithTheWayOut() throws {
        let fixture = try StoreFixture(
            StoreFixture.definitions() + "\nfeature_services:\n  m: {features: [\"v:*\"]}\n")
        #expect(throws: LogError.notDeclared(service: "m")) { try fixture.store.recordingReader(for: "m") }
        #expect(throws: StoreError.self) { try fixture.store.logSummary(of: "n") }
        #expect(try fixture.store.logSummary(of: "m").rows == 0)
    }

    @Test func aRequestIdThatCannotBeKeptIsRefused() throws {
        var generator = SeededGenerator(seed: 12)
        let fixture = try FeatureLogFixture()
        try fixture.push([1], at: 1000, &generator)
        let reader = try fixture.reader()
        for id in ["", "a\nb", String(repeating: "x", count: 257)] {
            #expect(throws: LogError.badRequestID(id)) {
                try reader.read(fixture.keys([1]), at: .now, requestIDs: .one(id))
            }
        }
        #expect(throws: StoreError.self) {
            try reader.read(fixture.keys([1]), at: .now, requestIDs: .each(["a", "b"]))
        }
        try reader.flush()
        #expect(try fixture.rows().isEmpty)
    }
}
