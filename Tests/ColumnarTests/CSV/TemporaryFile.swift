import Foundation

/// A path for a test's file, removed with its last reference.
final class TemporaryFile {
    let path: String

    init(_ name: String = "x.csv") {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try? FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        path = directory.appendingPathComponent(name).path
    }

    convenience init(_ name: String = "x.csv", text: String) {
        self.init(name, bytes: Array(text.utf8))
    }

    convenience init(_ name: String = "x.csv", bytes: [UInt8]) {
        self.init(name)
        let isWritten = FileManager.default.createFile(atPath: path, contents: Data(bytes))
        precondition(isWritten, "no test can be run without temporary files")
    }

    var directory: String { URL(fileURLWithPath: path).deletingLastPathComponent().path }
    var bytes: [UInt8] { FileManager.default.contents(atPath: path).map(Array.init) ?? [] }
    var text: String { String(decoding: bytes, as: UTF8.self) }

    deinit { try? FileManager.default.removeItem(atPath: directory) }
}

/// SplitMix64: small, and the same numbers for the same seed everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
