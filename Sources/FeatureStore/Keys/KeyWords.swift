import Columnar

/// The keys of many rows, as one word a row: words order as the keys do, and are equal just for equal keys.
///
/// Keys of fixed width up to 8 bytes are their own words. Others are numbered by a hash table, piece by piece on the cores,
/// and the different ones sorted: a word is then a key's place among them.
struct KeyWords: Sendable {
    /// A word for each row, as uint64, piece by piece.
    let pieces: [Column]
    /// What the words stand for.
    let values: KeyWordValues

    /// - Parameters:
    ///   - pieceCount: rows come in so many pieces.
    ///   - columns: a piece's key columns, without nulls; called on any thread.
    init(
        _ types: [FeatureType], pieceCount: Int, columns: @Sendable (Int) throws(DataError) -> [Column]
    ) throws(DataError) {
        let encoder = KeyEncoder(types)
        let numbers = Array(0..<pieceCount)
        if encoder.fitsWord {
            pieces = try Parallel.tryMap(numbers) { (piece) throws(DataError) in
                let words = encoder.words(try columns(piece))
                return Column(.uint64, count: words.count / 8, values: words)
            }
            values = KeyWordValues(encoder: encoder, ranked: nil)
            return
        }
        let numbered = try Parallel.tryMap(numbers) { (piece) throws(DataError) in
            NumberedKeys(try columns(piece), encoder)
        }
        let different = EncodedKeys.concatenating(numbered.map(\.keys)).ranked()
        let firstPlaces = numbered.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.keys.count) }
        pieces = Parallel.map(numbers) { piece in
            numbered[piece].words { different.ranks[firstPlaces[piece] + $0] }
        }
        values = KeyWordValues(
            encoder: encoder,
            ranked: types.indices.map { component in
                let all = Column.concatenating(
                    numbered.map { $0.components[component] }, type: types[component].dataType)
                return different.representatives.withUnsafeBufferPointer { all.taking($0) }
            })
    }
}

/// The keys that words stand for.
struct KeyWordValues: Sendable {
    fileprivate let encoder: KeyEncoder
    /// The components of the different keys, by rank; nil where words are the keys themselves.
    fileprivate let ranked: [Column]?

    /// The values of a component of the keys that are `words`.
    func column(_ component: Int, of words: UnsafeBufferPointer<UInt64>) -> Column {
        guard let ranked else { return encoder.column(component, of: words) }
        let ranks = words.map { Int32(truncatingIfNeeded: $0) }
        return ranks.withUnsafeBufferPointer { ranked[component].taking($0) }
    }
}

/// Rows of a piece, each with the number of its key among the piece's different keys.
private struct NumberedKeys: Sendable {
    /// The different keys, in order of first appearance.
    let keys: EncodedKeys
    /// Their components.
    let components: [Column]
    private let numbers: [Int32]

    init(_ columns: [Column], _ encoder: KeyEncoder) {
        let encoded = encoder.encode(columns)
        let (numbers, representatives) = encoded.numbered()
        self.numbers = numbers
        keys = encoded.taking(representatives.map(Int.init))
        components = columns.map { column in representatives.withUnsafeBufferPointer { column.taking($0) } }
    }

    func words(rank: (Int) -> UInt64) -> Column {
        let ranks = (0..<keys.count).map(rank)
        let buffer = MutableBuffer(uninitialized: numbers.count * 8)
        let words = buffer.elements(as: UInt64.self)
        for (row, number) in numbers.enumerated() { words[row] = ranks[Int(number)] }
        return Column(.uint64, count: numbers.count, values: buffer.freeze())
    }
}
