import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// Bytes in the map that are not what was written: a clear error or other values, never a crash.
@Suite struct DamagedRowTests {
    /// What a read of key 1 says, if it is damaged.
    private static func damage(_ trial: OnlineTrial) throws -> String? {
        do {
            _ = try trial.read(1)
            return nil
        } catch OnlineError.damaged(_, view: "v", let reason) {
            return reason
        }
    }

    private static func trial() throws -> OnlineTrial {
        let trial = try OnlineTrial([.string, .vector(count: 3), .bytes, .bool, .float64])
        let values: [Value] = [
            .string("text"), .list([.float32(1), .float32(2), .float32(3)]), .bytes([1, 2]), .bool(true), .float64(1),
        ]
        try trial.write([.init(key: 1, event: 0, created: nil, values: values)])
        return trial
    }

    @Test func aRowCutAnywhereIsDamaged() throws {
        let trial = try Self.trial()
        let bytes = try trial.bytes(of: 1)
        #expect(try Self.damage(trial) == nil)
        for length in 0..<bytes.count {
            try trial.overwrite(1, with: Array(bytes[..<length]))
            #expect(try Self.damage(trial) == "a row is cut off", "\(length) bytes")
        }
    }

    @Test func aRowOfAnUnknownLayoutIsDamaged() throws {
        let trial = try Self.trial()
        var bytes = try trial.bytes(of: 1)
        bytes[0] = 77
        try trial.overwrite(1, with: bytes)
        #expect(try Self.damage(trial) == "a row has an unknown layout")
    }

    @Test(arguments: 0..<4)
    func randomBytesAreReadOrRefused(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let trial = try Self.trial()
        let original = try trial.bytes(of: 1)
        for round in 0..<150 {
            var bytes = original
            if round % 2 == 0 {
                bytes[random.number(4...bytes.count - 1)] = UInt8(random.number(0...255))
            } else {
                let garbage = (0..<random.number(0...200)).map { _ in UInt8(random.number(0...255)) }
                bytes = Array(bytes[..<4]) + garbage
            }
            try trial.overwrite(1, with: bytes)
            _ = try Self.damage(trial)
        }
        try trial.overwrite(1, with: original)
        #expect(try Self.damage(trial) == nil)
    }

    @Test(arguments: [
        "", "{}", "[1,2]", #"{"schemas":[],"sequence":1}"#,
        #"{"schemas":[{"id":1,"slots":[{"name":"f0","type":"string","offset":99999}],"fixedSize":3}],"sequence":1}"#,
        #"{"schemas":[{"id":1,"slots":[{"name":"f0","type":"string","offset":-5}],"fixedSize":36}],"sequence":1}"#,
        #"{"schemas":[{"id":1,"slots":[],"fixedSize":-3}],"sequence":1}"#,
    ])
    func aDamagedStateIsToldAndNotBelieved(json: String) throws {
        let trial = try Self.trial()
        let meta = try #require(try trial.store.environment.database("meta"))
        try trial.store.environment.write { transaction in
            try Array("view/v".utf8).withUnsafeBytes { key in
                try Array(json.utf8).withUnsafeBytes { try transaction.put(meta, key, $0) }
            }
        }
        #expect(try Self.damage(trial) != nil)
    }

    @Test func aFileThatIsNoStoreIsRefused() throws {
        let folder = try TemporaryFolder()
        try Data(repeating: 7, count: 100_000).write(to: URL(fileURLWithPath: folder.path + "/data.mdb"))
        for isReadOnly in [true, false] {
            #expect(throws: OnlineError.self) { try OnlineStore(folder: folder.path, isReadOnly: isReadOnly) }
        }
    }
}
