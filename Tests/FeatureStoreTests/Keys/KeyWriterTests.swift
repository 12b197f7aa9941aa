import Columnar
import Foundation
import Testing

@testable import FeatureStore

@Suite struct KeyWriterTests {
    private func write(_ key: [Value], _ types: [FeatureType], with writer: inout KeyWriter) -> [UInt8]? {
        writer.begin()
        for (value, type) in zip(key, types) {
            switch (value, type) {
            case (.int(let number), .int32): writer.append(Int32(number))
            case (.int(let number), _): writer.append(number)
            case (.bool(let bool), _): writer.append(bool)
            case (.string(let text), _): Array(text.utf8).withUnsafeBytes { writer.append($0) }
            case (.bytes(let bytes), _): bytes.withUnsafeBytes { writer.append($0) }
            default: Issue.record("\(value) is no key")
            }
        }
        return writer.key.map { Array($0) }
    }

    private func withWriter<Result>(_ body: (inout KeyWriter) throws -> Result) rethrows -> Result {
        try withUnsafeTemporaryAllocation(byteCount: KeyWriter.capacity + 16, alignment: 8) { memory in
            // What lies behind the capacity must stay as it is.
            let guarded = UnsafeMutableRawBufferPointer(rebasing: memory[KeyWriter.capacity...])
            guarded.copyBytes(from: [UInt8](repeating: 0xa5, count: 16))
            var writer = KeyWriter(UnsafeMutableRawBufferPointer(rebasing: memory[..<KeyWriter.capacity]))
            defer { #expect(guarded.allSatisfy { $0 == 0xa5 }) }
            return try body(&writer)
        }
    }

    @Test(arguments: KeyEncoderTests.keyTypes.indices, 1...3)
    func keysAreThoseOfTheEncoder(types: Int, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let types = KeyEncoderTests.keyTypes[types]
        let encoder = KeyEncoder(types)
        withWriter { writer in
            for key in KeyEncoderTests.randomKeys(types, count: 100, &random) {
                #expect(write(key, types, with: &writer) == encoder.encode(key), "seed \(seed): \(key)")
            }
        }
    }

    @Test func aKeyThatNoStoreHoldsIsNil() {
        let types: [FeatureType] = [.string, .int64, .int32, .bool]
        withWriter { writer in
            for length in 480...600 {
                for zeros in [0, 1, 40] {
                    let text = String(repeating: "a", count: length - zeros) + String(repeating: "\0", count: zeros)
                    let key: [Value] = [.string(text), .int(1), .int(2), .bool(true)]
                    let expected = KeyEncoder(types).encode(key)
                    let isStored = (expected?.count ?? 0) <= EncodedKeys.maximumLength
                    #expect(write(key, types, with: &writer) == (isStored ? expected : nil))
                }
            }
        }
    }
}
