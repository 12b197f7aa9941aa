/// Neighbouring tiles of a level, where they lie: those that hold events.
///
///     0   UInt8    tiles, 1 to 32
///     1   UInt8    for each its place in the chunk, ascending
///     …   UInt32   for each where it ends, from the end of this table
///     …   the tiles
///
/// A tile is a run of bytes a group of the layout: how many, and the group's state (`AggregateState`).
struct TileChunk {
    private let bytes: UnsafeRawBufferPointer
    let count: Int
    private let dataStart: Int

    /// Nil if the bytes are no chunk.
    @inline(__always)
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let count = bytes.first, count >= 1, Int64(count) <= TileLayout.fanOut else { return nil }
        self.bytes = bytes
        self.count = Int(count)
        dataStart = 1 + 5 * Int(count)
        guard dataStart <= bytes.count else { return nil }
    }

    /// The place of a tile in the chunk.
    @inline(__always)
    func place(_ number: Int) -> Int { Int(bytes[1 + number]) }

    @inline(__always)
    private func end(_ number: Int) -> Int {
        Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 1 + count + 4 * number, as: UInt32.self)))
    }

    /// A tile's bytes; nil if they do not lie within the chunk.
    @inline(__always)
    func tile(_ number: Int) -> UnsafeRawBufferPointer? {
        let start = number == 0 ? 0 : end(number - 1)
        let end = end(number)
        guard start <= end, end <= bytes.count - dataStart else { return nil }
        return UnsafeRawBufferPointer(rebasing: bytes[dataStart + start..<dataStart + end])
    }

    /// The bytes of a chunk of these tiles.
    ///
    /// - Parameter tiles: by their place; nil where there are no events. One at least is there.
    static func encoded(_ tiles: [[UInt8]?]) -> [UInt8] {
        let used = tiles.indices.filter { tiles[$0] != nil }
        var writer = SketchWriter()
        writer.write(byte: UInt8(used.count))
        for place in used { writer.write(byte: UInt8(place)) }
        var end: UInt32 = 0
        for place in used {
            end += UInt32(tiles[place]?.count ?? 0)
            writer.write(word: end)
        }
        var bytes = writer.bytes
        for place in used { bytes += tiles[place] ?? [] }
        return bytes
    }
}

/// Adding tiles to states, one a group, and writing them.
enum Tile {
    /// Takes in the groups that are wanted.
    ///
    /// - Throws: `SketchError` if the bytes are no tile of the states' layout.
    @inline(__always)
    static func merge(
        _ bytes: UnsafeRawBufferPointer, into states: UnsafeMutableBufferPointer<AggregateState>,
        wanted isWanted: [Bool]
    ) throws(SketchError) {
        var reader = PackedReader(bytes)
        for group in states.indices {
            let run = try reader.readRun(atMost: bytes.count)
            guard isWanted[group] else { continue }
            var state = PackedReader(run)
            try states[group].merge(reading: &state)
        }
    }

    static func encoded(_ states: UnsafeMutableBufferPointer<AggregateState>) -> [UInt8] {
        var writer = SketchWriter()
        for state in states {
            var run = SketchWriter()
            state.write(to: &run)
            writer.write(run.bytes)
        }
        return writer.bytes
    }
}
