import Columnar
import Foundation

/// The join keys of a batch as they lie in a caller's memory, without nulls: what another language hands over fastest.
///
/// Invariant: whoever makes it keeps the memory in place until the read is over.
public struct PlainKeys {
    /// Rows, one an entity.
    public let count: Int
    /// Of each join key that is int64, int32 or bool, in the order of the reader's keys: `count` numbers, column after
    /// column.
    let numbers: UnsafeBufferPointer<Int64>
    /// Of each other join key, in order: `count` strings, each ended by a zero byte, column after column.
    let texts: UnsafeRawBufferPointer

    public init(count: Int, numbers: UnsafeBufferPointer<Int64>, texts: UnsafeRawBufferPointer) {
        self.count = count
        self.numbers = numbers
        self.texts = texts
    }
}

/// Where a join key stands in `PlainKeys`: its column among the numbers or among the texts.
struct PlainKeyPlace: Sendable {
    let key: JoinKey
    let isText: Bool
    let column: Int

    /// The places of all `keys`, in order.
    static func places(of keys: [JoinKey]) -> [PlainKeyPlace] {
        var (numbers, texts) = (0, 0)
        return keys.map { key in
            switch key.type {
            case .bool, .int32, .int64:
                numbers += 1
                return PlainKeyPlace(key: key, isText: false, column: numbers - 1)
            default:
                texts += 1
                return PlainKeyPlace(key: key, isText: true, column: texts - 1)
            }
        }
    }
}

extension ServiceReader {
    /// How many of the join keys are numbers in `PlainKeys`.
    public var numberKeys: Int { plainPlaces.count { !$0.isText } }

    /// Plain keys as a column a join key, in the order of `joinKeys`.
    ///
    /// - Throws: `DataError` if a number does not fit its key's type, or there are fewer keys than rows.
    public func columns(of keys: PlainKeys) throws -> [Column] {
        try keys.withEncoding(of: plainPlaces) { encoding in
            try plainPlaces.map { place in
                var builder = ColumnBuilder(place.key.type.dataType)
                for row in 0..<keys.count {
                    guard builder.append(encoding.value(row, place)) else {
                        throw encoding.misfit(row, place)
                    }
                }
                return builder.finish()
            }
        }
    }
}

extension PlainKeys {
    /// Runs `body` with a way to encode the keys of a view: `write(row, places, writer)`.
    ///
    /// - Throws: `DataError` if there are fewer numbers or texts than `places` and `count` ask for.
    func withEncoding<Result>(
        of places: [PlainKeyPlace], _ body: (PlainKeyEncoding) throws -> Result
    ) throws -> Result {
        let numberColumns = places.count { !$0.isText }
        guard numbers.count >= numberColumns * count else {
            throw DataError("\(numbers.count) numbers, but \(count) rows need \(numberColumns * count)", file: "keys")
        }
        let textColumns = places.count - numberColumns
        guard textColumns > 0 else {
            return try body(PlainKeyEncoding(keys: self, ends: UnsafeBufferPointer(start: nil, count: 0)))
        }
        return try withUnsafeTemporaryAllocation(of: Int.self, capacity: textColumns * count) { ends in
            try findEnds(ends)
            return try body(PlainKeyEncoding(keys: self, ends: UnsafeBufferPointer(ends)))
        }
    }

    /// The places of the zero bytes that end the texts.
    private func findEnds(_ ends: UnsafeMutableBufferPointer<Int>) throws(DataError) {
        var start = 0
        for text in ends.indices {
            guard let base = texts.baseAddress, let end = memchr(base + start, 0, texts.count - start) else {
                throw DataError("\(text) texts that end with a zero, but there must be \(ends.count)", file: "keys")
            }
            ends[text] = UnsafeRawPointer(end) - base
            start = ends[text] + 1
        }
    }
}

/// Plain keys whose texts have been told apart.
struct PlainKeyEncoding {
    fileprivate let keys: PlainKeys
    /// Where each text ends, column after column.
    fileprivate let ends: UnsafeBufferPointer<Int>

    /// Encodes the key of `row` from the components at `places`; nil if it is longer than any stored key.
    ///
    /// - Throws: `DataError` if a number does not fit its key's type.
    @inline(__always)
    func encode(
        _ row: Int, _ places: [PlainKeyPlace], with writer: inout KeyWriter
    ) throws(DataError) -> UnsafeRawBufferPointer? {
        writer.begin()
        for place in places {
            let position = place.column * keys.count + row
            if place.isText {
                let start = position == 0 ? 0 : ends[position - 1] + 1
                writer.append(UnsafeRawBufferPointer(rebasing: keys.texts[start..<ends[position]]))
                continue
            }
            let number = keys.numbers[position]
            switch place.key.type {
            case .int64: writer.append(number)
            case .int32:
                guard let value = Int32(exactly: number) else { throw misfit(row, place) }
                writer.append(value)
            default:
                guard number == 0 || number == 1 else { throw misfit(row, place) }
                writer.append(number == 1)
            }
        }
        return writer.key
    }

    /// The component of the key of `row` at `place`; of a type that its key's column does not take if it does not fit.
    fileprivate func value(_ row: Int, _ place: PlainKeyPlace) -> Value {
        let position = place.column * keys.count + row
        guard place.isText else {
            let number = keys.numbers[position]
            return place.key.type == .bool && (number == 0 || number == 1) ? .bool(number == 1) : .int(number)
        }
        let start = position == 0 ? 0 : ends[position - 1] + 1
        let bytes = keys.texts[start..<ends[position]]
        return place.key.type == .bytes ? .bytes(Array(bytes)) : .string(String(decoding: bytes, as: UTF8.self))
    }

    fileprivate func misfit(_ row: Int, _ place: PlainKeyPlace) -> DataError {
        DataError(
            "\(keys.numbers[place.column * keys.count + row]) does not fit the join key's type \(place.key.type)",
            file: "keys", row: row + 1, column: place.key.name)
    }
}
