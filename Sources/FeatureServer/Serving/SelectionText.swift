import FeatureStore
import Foundation

/// What a request asks for, as the bytes that say so: a service's name or a list of features, in JSON.
///
/// Requests of one client are alike, so their readers are found by these bytes, unread.
struct SelectionText: Equatable {
    let isService: Bool
    let fullNames: Bool
    /// The JSON value of `feature_service` or `features`.
    let json: UnsafeRawBufferPointer
    /// Keeps the bytes of a copy.
    private var owner: ByteBuffer?

    init(isService: Bool, fullNames: Bool, json: UnsafeRawBufferPointer) {
        self.isService = isService
        self.fullNames = fullNames
        self.json = json
    }

    static func == (a: SelectionText, b: SelectionText) -> Bool {
        a.isService == b.isService && a.fullNames == b.fullNames && a.json.count == b.json.count
            && isEqual(a.json, b.json)
    }

    private static func isEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
        guard let left = a.baseAddress, let right = b.baseAddress else { return true }
        return memcmp(left, right, a.count) == 0
    }

    /// FNV-1a (Fowler, Noll, Vo): short texts, and equality is checked besides.
    var hash: UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ (isService ? 1 : 0) ^ (fullNames ? 2 : 0)
        for byte in json { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }

    /// The same text in memory of its own.
    func copy() -> SelectionText {
        let bytes = ByteBuffer(capacity: max(1, json.count))
        bytes.append(json)
        var copy = SelectionText(isService: isService, fullNames: fullNames, json: bytes.bytes)
        copy.owner = bytes
        return copy
    }

    /// - Throws: `JSONError`, or `RequestError` for a name that is no feature reference.
    func selection() throws -> FeatureSelection {
        var cursor = JSONCursor(json)
        if isService { return .service(try cursor.string().string) }
        var names: [String] = []
        try cursor.array { (cursor) throws(JSONError) in names.append(try cursor.string().string) }
        return .features(
            try names.map { name in
                guard let reference = FeatureReference(name) else {
                    throw RequestError(
                        422, "'\(name)' is no feature; write view:feature", as: "FeatureNameCollisionError")
                }
                return reference
            })
    }
}
