import Columnar
import Foundation
import Testing

@testable import FeatureStore

@Suite struct OnlineReaderTests {
    let fixture = OnlineFixture()

    /// A feature of every type.
    private let everything = OnlineView(
        name: "everything", keyTypes: [.string, .int32, .bool, .bytes],
        features: [
            StoredFeature("b", .bool), StoredFeature("i", .int32), StoredFeature("l", .int64),
            StoredFeature("f", .float32), StoredFeature("d", .float64), StoredFeature("s", .string),
            StoredFeature("y", .bytes), StoredFeature("t", .timestamp), StoredFeature("v", .vector(count: 3)),
            StoredFeature("s2", .string),
        ])

    private func randomValue(_ type: FeatureType, _ numbers: inout SeededNumbers) -> Value {
        let word = numbers.next()
        switch type {
        case .bool: return .bool(word & 1 == 1)
        case .int32: return .int(Int64(Int32(truncatingIfNeeded: word)))
        case .int64: return .int(Int64(bitPattern: word))
        case .float32: return .float32(Float(Int32(truncatingIfNeeded: word)) / 1024)
        case .float64: return .float64(Double(Int64(bitPattern: word)) / 1024)
        case .string: return .string(String(repeating: "ä\0b", count: Int(word % 4)))
        case .bytes: return .bytes((0..<word % 9).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) })
        case .timestamp: return .timestamp(Timestamp(microseconds: Int64(bitPattern: word >> 8)))
        case .vector(let count): return .list((0..<count).map { .float32(Float($0) + Float(word % 1000)) })
        }
    }

    @Test(arguments: 1...10)
    func valuesOfAllTypesComeBack(seed: UInt64) throws {
        var numbers = SeededNumbers(state: seed)
        let store = try fixture.open()
        let count = 50
        let keyColumns: [Column] = [
            Column(.string, (0..<count).map { .string("k\($0)") }),
            Column(.int32, (0..<count).map { .int(Int64($0 - 20)) }),
            Column(.bool, (0..<count).map { .bool($0 % 2 == 0) }),
            Column(.binary, (0..<count).map { .bytes([0, UInt8($0)]) }),
        ]
        let keys = KeyEncoder(everything.keyTypes).encode(keyColumns)
        let values = everything.features.map { feature in
            (0..<count + 3).map { _ in numbers.next() % 4 == 0 ? .null : randomValue(feature.type, &numbers) }
        }
        // Slices, so that bits and offsets do not begin at 0.
        let columns = zip(everything.features, values).map { feature, values in
            Column(feature.type.dataType, values).slice(3..<count + 3)
        }
        let batch = OnlineBatch(
            keys: keys, events: times((0..<count).map { Int64($0) }), features: columns)
        try store.write(batch, to: everything, now: seconds(0))
        let rows = try OnlineReader(store, [OnlineSelection(everything)]).read([keys], now: seconds(0))[0]
        for position in everything.features.indices {
            let expected = Array(values[position][3...])
            #expect(
                rows.features[position].allValues == expected, "seed \(seed), \(everything.features[position].name)")
            #expect(
                rows.statuses[position] == expected.map { $0 == .null ? .nullValue : .present }, "seed \(seed)")
        }
        #expect(rows.eventTimes.allValues == (0..<count).map { .timestamp(seconds(Int64($0))) })
    }

    @Test func keysThatCollideWhenGluedAreDifferentRows() throws {
        let store = try fixture.open()
        let view = OnlineView(
            name: "pairs", keyTypes: [.string, .string], features: [StoredFeature("score", .int64)])
        let keys = KeyEncoder(view.keyTypes).encode([
            Column(.string, [.string("1"), .string("12"), .string(""), .string("123"), .string("1\0"), .null]),
            Column(.string, [.string("23"), .string("3"), .string("123"), .string(""), .string("23"), .string("x")]),
        ])
        let values: [Value] = (0..<6).map { .int($0) }
        let summary = try store.write(
            OnlineBatch(keys: keys, features: [Column(.int64, values)]), to: view, now: seconds(0))
        #expect(summary == WriteSummary(written: 5, withoutKey: 1))
        let rows = try OnlineReader(store, [OnlineSelection(view)]).read([keys], now: seconds(0))[0]
        #expect(rows.features[0].allValues == values.dropLast() + [.null])
        #expect(rows.statuses[0].last == .notFound)
    }

    @Test func aRowAsOldAsTheTimeToLiveIsPresent() throws {
        let store = try fixture.open()
        try store.write(scoreBatch([1, 2], [100, 2000], [5, nil]), to: scores, now: seconds(0))
        let reader = try OnlineReader(store, [OnlineSelection(scores, timeToLive: .seconds(60))])
        func status(_ now: Timestamp, _ id: Int64 = 1) throws -> FeatureStatus {
            try reader.read([keys([id])], now: now)[0].statuses[0][0]
        }
        #expect(try status(seconds(160)) == .present)
        #expect(try status(Timestamp(microseconds: 160_000_001)) == .outsideMaxAge)
        #expect(try status(seconds(50)) == .present)
        #expect(try status(.distantPast) == .present)
        #expect(try status(.distantFuture) == .outsideMaxAge)
        #expect(try status(seconds(2000), 2) == .nullValue)
        #expect(try status(seconds(2000), 3) == .notFound)
        let old = try reader.read([keys([1])], now: seconds(500))[0]
        #expect(old.features[0].allValues == [.null])
        #expect(old.eventTimes.allValues == [.timestamp(seconds(100))])
    }

    @Test func aRowThatHasEndedIsOutsideItsAge() throws {
        let store = try fixture.open()
        var view = scores
        view.features.append(OnlineView.end)
        var batch = scoreBatch([1, 2, 3], [100, 100, 100], [5, 6, nil])
        batch.features.append(times([200, nil, 200]))
        try store.write(batch, to: view, now: seconds(0))
        let reader = try OnlineReader(store, [OnlineSelection(scores, hasEnd: true)])
        func statuses(_ now: Timestamp) throws -> [FeatureStatus] {
            try reader.read([keys([1, 2, 3, 4])], now: now)[0].statuses[0]
        }
        #expect(try statuses(Timestamp(microseconds: 199_999_999)) == [.present, .present, .nullValue, .notFound])
        #expect(try statuses(seconds(200)) == [.outsideMaxAge, .present, .outsideMaxAge, .notFound])
        #expect(try reader.firstFeature([1, 2], now: seconds(200)) == [.null, .int(6)])
        #expect(try reader.vector(of: 1, width: 1, now: seconds(199)) == [5])
        #expect(try reader.vector(of: 1, width: 1, now: seconds(200))[0].isNaN)
        // A reader that does not ask for ends, as of a view that is not slowly changing, takes no notice of them.
        let plain = try OnlineReader(store, [OnlineSelection(scores)])
        #expect(try plain.firstFeature([1], now: seconds(200)) == [.int(5)])
    }

    @Test func timelessRowsNeverExpire() throws {
        let store = try fixture.open()
        try store.write(scoreBatch([1], nil, [5]), to: scores, now: seconds(0))
        let reader = try OnlineReader(store, [OnlineSelection(scores, timeToLive: .seconds(1))])
        let rows = try reader.read([keys([1])], now: .distantFuture)[0]
        #expect(rows.statuses[0] == [.present])
        #expect(rows.eventTimes.allValues == [.null])
    }

    @Test func addedFeaturesReadAsNullAndRemovedOnesAreSkippedUnderARunningReader() throws {
        let store = try fixture.open()
        let before = OnlineView(
            name: "v", keyTypes: [.int64], features: [StoredFeature("a", .int64), StoredFeature("b", .string)])
        let after = OnlineView(
            name: "v", keyTypes: [.int64], features: [StoredFeature("c", .float32), StoredFeature("a", .int64)])
        try store.write(
            OnlineBatch(
                keys: keys([1, 2]),
                features: [Column(.int64, [.int(10), .int(20)]), Column(.string, [.string("x"), .null])]),
            to: before, now: seconds(0))
        let old = try OnlineReader(store, [OnlineSelection(before)])
        let new = try OnlineReader(store, [OnlineSelection(after)])
        #expect(try new.read([keys([1])], now: seconds(0))[0].statuses == [[.nullValue], [.present]])
        try store.write(
            OnlineBatch(keys: keys([2]), features: [Column(.float32, [.float32(2.5)]), Column(.int64, [.int(21)])]),
            to: after, now: seconds(0))
        let oldRows = try old.read([keys([1, 2])], now: seconds(0))[0]
        #expect(oldRows.features[0].allValues == [.int(10), .int(21)])
        #expect(oldRows.features[1].allValues == [.string("x"), .null])
        let newRows = try new.read([keys([1, 2])], now: seconds(0))[0]
        #expect(newRows.features[0].allValues == [.null, .float32(2.5)])
        #expect(newRows.features[1].allValues == [.int(10), .int(21)])
    }

    @Test func changedTypesAreRefusedUntilTheViewIsReplaced() throws {
        let store = try fixture.open()
        try store.write(scoreBatch([1], [1], [1]), to: scores, now: seconds(0))
        var changed = scores
        changed.features = [StoredFeature("score", .string)]
        let batch = OnlineBatch(keys: keys([1]), features: [Column(.string, [.string("new")])])
        let error = #expect(throws: OnlineError.self) { try store.write(batch, to: changed, now: seconds(0)) }
        #expect(error?.description.contains("view 'scores': 'score' is stored as int64, not string") == true)
        #expect(throws: OnlineError.self) { try OnlineReader(store, [OnlineSelection(changed)]) }
        let stale = try OnlineReader(store, [OnlineSelection(scores)])
        #expect(try stale.firstFeature([1]) == [.int(1)])
        try store.write(batch, to: changed, mode: .replacing, now: seconds(0))
        #expect(try OnlineReader(store, [OnlineSelection(changed)]).firstFeature([1]) == [.string("new")])
        #expect(throws: OnlineError.self) { try stale.firstFeature([1]) }
        var otherKey = changed
        otherKey.keyTypes = [.string]
        #expect(throws: OnlineError.self) { try OnlineReader(store, [OnlineSelection(otherKey)]) }
    }

    @Test func aReaderFindsAViewThatIsMaterializedLater() throws {
        let store = try fixture.open()
        let reader = try OnlineReader(store, [OnlineSelection(scores)])
        #expect(try reader.read([keys([1])], now: seconds(0))[0].statuses == [[.notFound]])
        try store.write(scoreBatch([1], [1], [5]), to: scores, now: seconds(0))
        #expect(try reader.firstFeature([1]) == [.int(5)])
    }

    @Test func floatsAreTheNumbersOfTheRow() throws {
        let store = try fixture.open()
        let features = [
            StoredFeature("v", .vector(count: 2)), StoredFeature("b", .bool), StoredFeature("i", .int32),
            StoredFeature("l", .int64), StoredFeature("d", .float64), StoredFeature("f", .float32),
        ]
        let view = OnlineView(name: "v", keyTypes: [.int64], features: features)
        let row: [Value] = [
            .list([.float32(1), .float32(2)]), .bool(true), .int(-3), .int(1 << 40), .float64(0.1), .null,
        ]
        try store.write(
            OnlineBatch(
                keys: keys([1]), events: times([0]),
                features: zip(features, row).map { Column($0.type.dataType, [$1]) }), to: view, now: seconds(0))
        let reader = try OnlineReader(store, [OnlineSelection(view, timeToLive: .seconds(10))])
        let found = try reader.vector(of: 1, width: 7, now: seconds(0))
        #expect(found.dropLast() == [1, 2, 1, -3, Float(1 << 40), 0.1] && found[6].isNaN)
        #expect(try reader.vector(of: 1, width: 7, now: seconds(11)).allSatisfy(\.isNaN))
        #expect(try reader.vector(of: 2, width: 7, now: seconds(0)).allSatisfy(\.isNaN))
    }

    @Test(arguments: 1...50)
    func damagedRowsAreErrorsAndNeverACrash(seed: UInt64) throws {
        var numbers = SeededNumbers(state: seed)
        let store = try fixture.open()
        let view = OnlineView(name: "v", keyTypes: [.int64], features: everything.features)
        let columns = view.features.map { Column($0.type.dataType, [randomValue($0.type, &numbers)]) }
        try store.write(OnlineBatch(keys: keys([1]), features: columns), to: view, now: seconds(0))
        let environment = try #require(store.opened.lease.environment)
        let database = try environment.databaseForWriting(OnlineStore.databaseName(of: "v"))
        let reader = try OnlineReader(store, [OnlineSelection(view)])
        let key = keys([1])
        let original = try store.withSnapshot { snapshot in
            let tree = try #require(try snapshot.tree(OnlineStore.databaseName(of: "v")))
            return Array(try #require(try snapshot.value(for: key.bytes(at: 0), in: tree)))
        }
        for _ in 0..<20 {
            var bytes = original
            if Bool.random(using: &numbers) {
                bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &numbers)))
            }
            for _ in 0..<Int.random(in: 0...6, using: &numbers) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &numbers)] = UInt8.random(in: 0...255, using: &numbers)
            }
            try environment.write { transaction in
                try bytes.withUnsafeBytes { try transaction.put($0, for: key.bytes(at: 0), in: database) }
            }
            do {
                _ = try reader.read([key], now: seconds(0))
            } catch let error as OnlineError {
                #expect(error.description.hasPrefix("view 'v': the stored row of key 1 is damaged"), "seed \(seed)")
            }
        }
    }

    @Test func threadsReadWholeCommitsWhileOneWritesAndTheMapGrows() throws {
        let store = try fixture.open(mapSize: 1 << 16)
        let reader = try OnlineReader(store, [OnlineSelection(scores)])
        let ids = (0..<500).map { Int64($0) }
        try store.write(scoreBatch(ids, ids.map { _ in 0 }, ids.map { _ in 0 }), to: scores, now: seconds(0))
        let mixed = Mutable(0)
        DispatchQueue.concurrentPerform(iterations: 4) { worker in
            for round in 1...60 {
                if worker == 0 {
                    let grown = (0..<500 + round * 20).map { Int64($0) }
                    let batch = scoreBatch(grown, grown.map { _ in Int64(round) }, grown.map { _ in Int64(round) })
                    _ = try? store.write(batch, to: scores, now: seconds(0))
                } else {
                    let values = try? reader.firstFeature(ids)
                    if values.map({ Set($0).count }) != 1 { mixed.add(1) }
                }
            }
        }
        #expect(mixed.value == 0)
        #expect(try reader.firstFeature([0, 1699]) == [.int(60), .int(60)])
    }
}

/// A count that threads share.
private final class Mutable: @unchecked Sendable {
    private let lock = NSLock()
    private var count: Int

    init(_ count: Int) { self.count = count }

    var value: Int { lock.withLock { count } }
    func add(_ number: Int) { lock.withLock { count += number } }
}
