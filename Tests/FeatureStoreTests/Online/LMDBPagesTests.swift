import Foundation
import Testing

@testable import FeatureStore

/// What is found in the pages of a file is what LMDB has put there.
@Suite struct LMDBPagesTests {
    private let fixture = OnlineFixture()

    /// Keys that lie evenly, in clumps, close to another, or share long beginnings.
    private static func key(_ kind: Int, _ random: inout SeededGenerator) -> [UInt8] {
        switch kind {
        case 0: return withUnsafeBytes(of: random.next().bigEndian) { Array($0) }
        case 1:
            let clump = UInt64(1) << UInt64(random.number(0...63))
            return withUnsafeBytes(of: (clump &+ UInt64(random.number(0...300))).bigEndian) { Array($0) }
        case 2: return withUnsafeBytes(of: UInt64(random.number(0...4000)).bigEndian) { Array($0) }
        case 3: return Array("a/long/beginning/that/all/share/\(random.number(0...3000))".utf8) + [0, 1]
        case 4: return (0..<random.number(1...4)).map { _ in UInt8(random.number(0...3)) }
        default:
            let length = random.number(1...EncodedKeys.maximumLength)
            return [UInt8](repeating: UInt8(random.number(0...1)), count: length - 1) + [UInt8(random.number(0...255))]
        }
    }

    private static func value(_ isLarge: Bool, _ random: inout SeededGenerator) -> [UInt8] {
        let length = random.chance(isLarge ? 0.3 : 0.02) ? random.number(0...20_000) : random.number(0...90)
        let byte = UInt8(random.number(0...255))
        return (0..<length).map { byte &+ UInt8(truncatingIfNeeded: $0) }
    }

    private static func find(_ keys: [[UInt8]], _ snapshot: LMDBSnapshot, _ tree: LMDBTree) throws -> [[UInt8]?] {
        let pages = snapshot.pages
        // As one array, so that all keys stay where they are.
        let bytes = keys.flatMap { $0 }
        return try bytes.withUnsafeBytes { bytes in
            var lookups: [LMDBLookup] = []
            var start = 0
            for key in keys {
                let key = UnsafeRawBufferPointer(rebasing: bytes[start..<start + key.count])
                lookups.append(try LMDBLookup(key, in: tree, pages))
                start += key.count
            }
            try lookups.withUnsafeMutableBufferPointer { try pages.find($0) }
            return lookups.map { $0.value.map { Array($0) } }
        }
    }

    @Test(arguments: 1...24)
    func randomTreesHoldWhatADictionaryHolds(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let kind = Int(seed % 6)
        let store = try fixture.open()
        let environment = try #require(store.opened.lease.environment)
        let database = try environment.databaseForWriting("t")
        var expected: [[UInt8]: [UInt8]] = [:]
        for round in 0..<6 {
            let isLarge = random.chance(0.2)
            try environment.write { transaction in
                for _ in 0..<random.number(0...(isLarge ? 60 : 1500)) {
                    let key = Self.key(kind, &random)
                    if random.chance(round < 4 ? 0.1 : 0.8) {
                        let wasThere = try key.withUnsafeBytes { try transaction.remove($0, from: database) }
                        #expect(wasThere == (expected.removeValue(forKey: key) != nil), "seed \(seed)")
                        continue
                    }
                    let value = Self.value(isLarge, &random)
                    expected[key] = value
                    try key.withUnsafeBytes { key in
                        try value.withUnsafeBytes { try transaction.put($0, for: key, in: database) }
                    }
                }
            }
            try store.withSnapshot { snapshot in
                let tree = try #require(try snapshot.tree("t"))
                #expect(tree.entries == expected.count, "seed \(seed)")
                try check(expected, kind, snapshot, tree, &random, seed)
            }
        }
    }

    private func check(
        _ expected: [[UInt8]: [UInt8]], _ kind: Int, _ snapshot: LMDBSnapshot, _ tree: LMDBTree,
        _ random: inout SeededGenerator, _ seed: UInt64
    ) throws {
        var wanted = Array(expected.keys)
        for _ in 0..<200 { wanted.append(Self.key(kind, &random)) }
        wanted += [[], [0], [255], [UInt8](repeating: 255, count: 600)]
        wanted.shuffle(using: &random)
        while !wanted.isEmpty {
            let group = Array(wanted.prefix(random.number(1...40)))
            wanted.removeFirst(group.count)
            #expect(try Self.find(group, snapshot, tree) == group.map { expected[$0] }, "seed \(seed)")
        }
        let sorted = expected.keys.sorted { $0.lexicographicallyPrecedes($1) }
        for _ in 0..<5 {
            let start = random.chance(0.3) ? [] : Self.key(kind, &random)
            let limit = random.chance(0.5) ? Int.max : random.number(0...200)
            var seen: [[UInt8]] = []
            try snapshot.forEach(in: tree, from: start) { key, value in
                guard seen.count < limit else { return false }
                #expect(Array(value) == expected[Array(key)], "seed \(seed)")
                seen.append(Array(key))
                return true
            }
            #expect(seen == Array(sorted.drop { $0.lexicographicallyPrecedes(start) }.prefix(limit)), "seed \(seed)")
        }
    }

    @Test func aTreeWithoutKeysHoldsNothing() throws {
        let store = try fixture.open()
        let environment = try #require(store.opened.lease.environment)
        _ = try environment.databaseForWriting("t")
        try store.withSnapshot { snapshot in
            let tree = try #require(try snapshot.tree("t"))
            #expect(try Self.find([[1], []], snapshot, tree) == [nil, nil])
            try snapshot.forEach(in: tree) { _, _ in
                Issue.record("there is a key")
                return true
            }
            #expect(try snapshot.tree("u") == nil)
        }
    }

    /// Pages that the file has, but neither the commit nor the map of it: 2 GiB on, with 1 GiB mapped.
    @Test func aPageBehindTheLastOfItsCommitIsDamage() throws {
        do {
            let store = try fixture.open()
            try store.write(scoreBatch([1], [1], [1]), to: scores, now: seconds(0))
        }
        let path = fixture.path + "/data.mdb"
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        for page in 0..<2 as Range<UInt64> {
            // The main tree's root.
            try file.seek(toOffset: page * 4096 + 88 + 40)
            try file.write(contentsOf: withUnsafeBytes(of: UInt64(1 << 31 / 4096)) { Data($0) })
        }
        try file.truncate(atOffset: 3 << 30)
        try file.close()
        let refusal = #expect(throws: LMDBError.self) { try OnlineStore(file: path) }
        #expect(refusal?.description.contains("damaged") == true)
    }

    /// A file whose bytes are changed at random is read without a crash: LMDB itself would follow what it finds.
    @Test(arguments: 1...10)
    func aDamagedFileIsAnErrorAndNeverACrash(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        do {
            let store = try fixture.open()
            let ids = (0..<3000).map { Int64($0) }
            try store.write(scoreBatch(ids, ids, ids), to: scores, now: seconds(0))
            let environment = try #require(store.opened.lease.environment)
            let database = try environment.databaseForWriting("large")
            try environment.write { transaction in
                for key in 0..<20 as Range<UInt8> {
                    try [key].withUnsafeBytes { key in
                        try [UInt8](repeating: 7, count: 9000).withUnsafeBytes {
                            try transaction.put($0, for: key, in: database)
                        }
                    }
                }
            }
        }
        let path = fixture.path + "/data.mdb"
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        var problems = 0
        for _ in 0..<40 {
            var bytes = whole
            for _ in 0..<random.number(1...30) {
                // Headers and pointers matter most.
                let page = random.number(0...bytes.count / 4096 - 1) * 4096
                let place = page + (random.chance(0.7) ? random.number(0...63) : random.number(0...4095))
                bytes[place] = UInt8(random.number(0...255))
            }
            if random.chance(0.2) { bytes = bytes.prefix(random.number(0...bytes.count)) }
            let copy = fixture.path + "/copy-\(UUID().uuidString)"
            try bytes.write(to: URL(fileURLWithPath: copy))
            do {
                let store = try OnlineStore(file: copy)
                _ = try OnlineReader(store, [OnlineSelection(scores)]).firstFeature((0..<3000).map { Int64($0) })
                try store.withSnapshot { snapshot in
                    for name in ["view:scores", "large", "meta"] {
                        guard let tree = try snapshot.tree(name) else { continue }
                        var count = 0
                        try snapshot.forEach(in: tree) { _, _ in
                            count += 1
                            return count < 10_000
                        }
                    }
                }
            } catch { problems += 1 }
            try FileManager.default.removeItem(atPath: copy)
        }
        #expect(problems > 0, "seed \(seed)")
    }
}
