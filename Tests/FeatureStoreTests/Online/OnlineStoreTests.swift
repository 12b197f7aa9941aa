import Columnar
import Foundation
import Testing

@testable import FeatureStore

@Suite struct OnlineStoreTests {
    @Test(arguments: 0..<10)
    func rowsOfAllTypesComeBackBitForBit(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        // More than 32 features, so that null bits take several words.
        let types = (0..<random.number(1...70)).map { _ in FeatureType.allKinds[random.number(0...9)] }
        let trial = try OnlineTrial(types)
        let rows = (0..<50).map { key in
            OnlineTrial.Row(key: Int64(key), event: Int64(key), created: nil, values: types.map { random.value($0) })
        }
        try trial.write(rows)
        for row in rows {
            let read = try trial.read(row.key)
            #expect(read.map(\.value.exactText) == row.values.map(\.exactText), "seed \(seed)")
            #expect(read.map(\.status) == row.values.map { $0 == .null ? .nullValue : .present }, "seed \(seed)")
            #expect(read.allSatisfy { $0.eventTime?.microseconds == row.event })
        }
        #expect(try trial.store.count(of: "v") == 50)
    }

    @Test(arguments: 0..<30)
    func anOlderRowNeverReplacesANewerOneAndOfEqualsTheLaterWins(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let trial = try OnlineTrial([.int64])
        let hasCreated = random.chance(0.5)
        var newest: [Int64: OnlineTrial.Row] = [:]
        for batch in 0..<12 {
            var rows: [Int64: OnlineTrial.Row] = [:]
            for _ in 0..<random.number(0...10) {
                let key = Int64(random.number(0...9))
                rows[key] = OnlineTrial.Row(
                    key: key, event: Int64(random.number(0...4)),
                    created: hasCreated ? Int64(random.number(0...2)) : nil,
                    values: [.int(Int64(batch))])
            }
            var written = 0
            for (key, row) in rows {
                if let old = newest[key], (row.event, row.created ?? .min) < (old.event, old.created ?? .min) {
                    continue
                }
                newest[key] = row
                written += 1
            }
            #expect(try trial.write(Array(rows.values), sequence: Int64(batch)) == written, "seed \(seed)")
            for key in Int64(0)..<10 {
                #expect(try trial.read(key)[0].value == newest[key]?.values[0] ?? .null, "seed \(seed), batch \(batch)")
            }
            #expect(try trial.store.state(of: "v")?.sequence == Int64(batch))
        }
    }

    @Test func theAgeAtWhichARowEndsIsInclusive() throws {
        let trial = try OnlineTrial([.int64], ttl: .seconds(10))
        try trial.write([.init(key: 1, event: 5_000_000, created: nil, values: [.int(7)])])
        #expect(try trial.read(1, at: 15_000_000)[0].status == .present)
        let late = try trial.read(1, at: 15_000_001)[0]
        #expect(late.status == .outsideMaxAge && late.value == .null && late.eventTime?.microseconds == 5_000_000)
    }

    @Test func statusesTellWhyAValueIsMissing() throws {
        let trial = try OnlineTrial([.int64, .string])
        try trial.write([.init(key: 1, event: 0, created: nil, values: [.null, .string("")])])
        #expect(try trial.read(1).map(\.status) == [.nullValue, .present])
        #expect(try trial.read(2).map(\.status) == [.notFound, .notFound])
        let nullKey = try trial.reader().read([.null], at: .now)
        #expect(nullKey.map(\.status) == [.notFound, .notFound])
    }

    @Test func aFeatureAddedReadsNullAndOneRemovedIsSkipped() throws {
        var trial = try OnlineTrial([.int64, .string])
        try trial.write([.init(key: 1, event: 0, created: nil, values: [.int(7), .string("a")])])
        trial.view.features.insert(Feature("new", .float32), at: 0)
        #expect(try trial.read(1).map(\.value) == [.null, .int(7), .string("a")])
        #expect(try trial.read(1).map(\.status) == [.nullValue, .present, .present])
        try trial.write([.init(key: 2, event: 0, created: nil, values: [.float32(1), .int(8), .string("b")])])
        #expect(try trial.read(2).map(\.value) == [.float32(1), .int(8), .string("b")])
        trial.view.features.removeLast()
        #expect(try trial.read(1).map(\.value) == [.null, .int(7)])
        #expect(try trial.read(2).map(\.value) == [.float32(1), .int(8)])
        #expect(try trial.store.state(of: "v")?.schemas.count == 2)
    }

    @Test func aFullWriteDropsWhatWasThere() throws {
        let trial = try OnlineTrial([.int64])
        try trial.write([1, 2].map { .init(key: $0, event: 9, created: nil, values: [.int(1)]) })
        try trial.write([.init(key: 2, event: 3, created: nil, values: [.int(2)])], sequence: 5, replacingAll: true)
        #expect(try trial.read(1)[0].status == .notFound)
        #expect(try trial.read(2)[0].value == .int(2))
        #expect(try trial.store.count(of: "v") == 1)
    }

    @Test func theMapGrowsWithWhatIsWritten() throws {
        let trial = try OnlineTrial([.string], mapBytes: 1 << 16)
        let text = String(repeating: "x", count: 1000)
        for batch in Int64(0)..<5 {
            let rows = (batch * 400..<batch * 400 + 500).map {
                OnlineTrial.Row(key: $0, event: batch, created: nil, values: [.string("\($0)" + text)])
            }
            #expect(try trial.write(rows, sequence: batch) == 500)
        }
        #expect(try trial.store.count(of: "v") == 2100)
        for key in stride(from: Int64(0), to: 2100, by: 97) {
            #expect(try trial.read(key)[0].value == .string("\(key)" + text))
        }
    }

    @Test func aWriteThatFailsLeavesAllAsItWas() throws {
        let trial = try OnlineTrial([.int64])
        try trial.write([.init(key: 1, event: 0, created: nil, values: [.int(1)])])
        let tooLong = OnlineRows(
            keys: KeyEncoder([.string]).encode([Column(.string, [.string(String(repeating: "k", count: 600))])]),
            events: Column(.instant, [.timestamp(Timestamp(microseconds: 9))]), created: nil,
            features: [Column(.int64, [.int(2)])])
        #expect(throws: OnlineError.self) { try trial.store.write(tooLong, to: trial.view, sequence: 2) }
        #expect(try trial.store.count(of: "v") == 1)
        #expect(try trial.store.state(of: "v")?.sequence == 1)
    }

    @Test func aKeyLongerThanAnyThatIsStoredIsNotFound() throws {
        let trial = try OnlineTrial([.int64])
        try trial.write([.init(key: 1, event: 0, created: nil, values: [.int(1)])])
        let definitions = Definitions(
            entities: [Entity(name: "e", joinKeys: [JoinKey("id", .string)])],
            sources: [Source(name: "s", path: "-", timestamp: "t")], featureViews: [trial.view])
        let service = try ResolvedService(
            references: [FeatureReference(view: "v", feature: nil)], in: definitions, fullNames: false)
        let reader = OnlineReader(service, definitions: definitions, store: trial.store)
        let read = try reader.read([.string(String(repeating: "k", count: 10_000))], at: .now)
        #expect(read.map(\.status) == [.notFound])
    }

    @Test func aStoreThatIsNotThereIsNilToAReader() throws {
        let folder = try TemporaryFolder()
        #expect(try OnlineStore(folder: folder.path + "/none", isReadOnly: true)?.environment.path == nil)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/none"))
    }

    @Test func aStoreOfANewerFormatIsRefused() throws {
        let folder = try TemporaryFolder()
        do {
            let store = try #require(try OnlineStore(folder: folder.path, isReadOnly: false))
            let meta = try #require(try store.environment.database("meta"))
            try store.environment.write { transaction in
                try Array("format".utf8).withUnsafeBytes { key in
                    try Array("99".utf8).withUnsafeBytes { try transaction.put(meta, key, $0) }
                }
            }
        }
        #expect(throws: OnlineError.newerFormat(path: folder.path, found: 99, supported: 1)) {
            try OnlineStore(folder: folder.path, isReadOnly: true)
        }
    }

    @Test func whatWasWrittenIsThereAfterTheStoreIsOpenedAgain() throws {
        var trial = try OnlineTrial([.int64])
        try trial.write([.init(key: 1, event: 0, created: nil, values: [.int(1)])])
        trial.store = try #require(try OnlineStore(folder: trial.folder.path, isReadOnly: true))
        #expect(try trial.read(1)[0].value == .int(1))
    }
}
