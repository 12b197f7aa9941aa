/// The keys of chunks in the database of a view's tiles: the entity's key, the level, and where the chunk begins, so that
/// chunks of a key lie together, those of a level in the order of time.
///
///     …        the entity's key; none is the beginning of another
///     UInt8    level
///     Int64    microseconds, big-endian, sign bit flipped
enum TileKey {
    static let suffixLength = 9
    /// The longest entity key whose chunks can be stored.
    static let maximumKeyLength = EncodedKeys.maximumLength - suffixLength

    static func databaseName(of view: String) -> String { "tiles:" + view }

    /// Writes the part behind the entity's key.
    @inline(__always)
    static func write(level: Int, start: Int64, to suffix: UnsafeMutableRawPointer) {
        suffix.storeBytes(of: UInt8(truncatingIfNeeded: level), as: UInt8.self)
        suffix.storeBytes(of: UInt64(bitPattern: start ^ .min).bigEndian, toByteOffset: 1, as: UInt64.self)
    }

    static func make(_ key: UnsafeRawBufferPointer, level: Int, start: Int64) -> [UInt8] {
        var bytes = Array(key)
        bytes.append(contentsOf: repeatElement(0, count: suffixLength))
        bytes.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            write(level: level, start: start, to: base + key.count)
        }
        return bytes
    }
}
