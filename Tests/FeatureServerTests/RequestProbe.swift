import Columnar

@testable import FeatureServer
@testable import FeatureStore

/// Reads bytes as each kind of request that the server takes; shared by the tests and the fuzzer (scripts/fuzz).
enum RequestProbe {
    private static let joinKeys = [
        JoinKey("id", .int64), JoinKey("slot", .int32), JoinKey("city", .string), JoinKey("raw", .bytes),
        JoinKey("flag", .bool),
    ]
    private static let columns = [
        ("id", FeatureType.int64), ("t", .timestamp), ("b", .bool), ("i", .int32), ("f", .float32), ("d", .float64),
        ("s", .string), ("r", .bytes), ("v", .vector(count: 3)),
    ].map { PushColumn(name: $0, commonName: $0, type: $1, isOptional: $0 != "id") }

    /// Takes the bytes for every kind of request and reads all of each. Whatever they are: no crash, no read outside of
    /// them; and a push or a read that is taken is valid JSON.
    ///
    /// - Returns: whether they are JSON.
    @discardableResult
    static func readEverything(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let isJSON = skips(bytes)
        let isRead = readsFeatures(bytes)
        let isPush = readsPush(bytes)
        precondition(isJSON || !(isRead || isPush), "a request was taken that is no JSON")
        var lines = JSONLines(for: columns)
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            let bytes = UnsafeRawBufferPointer(rebasing: line)
            _ = try? lines.append(bytes)
            _ = try? KafkaMessage(bytes)
        }
        _ = lines.table()
        let text = String(decoding: bytes, as: UTF8.self)
        _ = BearerToken(text)
        _ = AccessScope(text)
        return isJSON
    }

    private static func skips(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var cursor = JSONCursor(bytes)
        guard let value = try? cursor.skipValue(), (try? cursor.expectEnd()) != nil else { return false }
        var passing = JSONCursor(bytes)
        let passed = try? passing.passValue()
        precondition(
            passed?.baseAddress == value.baseAddress && passed?.count == value.count, "passed over another value")
        var written = JSONCursor(bytes)
        if let text = try? written.string() {
            let output = ByteBuffer()
            output.appendJSON(text.string)
            var again = JSONCursor(output.bytes)
            precondition((try? again.string().string) == text.string, "a string is written otherwise than it was read")
        }
        return true
    }

    private static func readsFeatures(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let request = try? OnlineFeaturesRequest(bytes) else { return false }
        let inputs = joinKeys.map { RequestField($0.name, $0.type) }
        let isTaken = (try? request.keys(for: inputs, joinKeyCount: inputs.count, maximumRows: 100)) != nil
        for input in inputs { _ = try? request.keys(for: [input], joinKeyCount: 0, maximumRows: 100) }
        return isTaken
    }

    private static func readsPush(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let request = try? PushRequest(bytes) else { return false }
        return (try? request.table(of: columns, named: { $0.name }, maximumRows: 100)) != nil
    }
}
