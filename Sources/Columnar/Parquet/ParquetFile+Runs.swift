/// A column as its different values and runs of equal neighbours.
public struct DictionaryRuns: Sendable {
    public let dictionary: Column
    /// The value of each run, as a row of `dictionary`; neighbours differ.
    public let indices: [Int32]
    /// The rows of each run.
    public let lengths: [Int32]
}

extension ParquetFile {
    /// A dictionary-encoded chunk without expanding its runs; nil if the chunk is not such a one, or has nulls.
    ///
    /// This is how a sorted key column is scanned. Complexity: O(runs), where the writer made runs.
    public func readRuns(_ number: Int, rowGroup: Int) throws(DataError) -> DictionaryRuns? {
        let column = columns[number]
        guard column.refusal == nil, !column.isList, column.field.type != .bool else { return nil }
        do throws(ParquetDamage) {
            var pages = try PageReader(metadata.rowGroups[rowGroup].chunks[column.leaf], in: bytes, column: column)
            guard let page = try pages.dictionaryPage() else { return nil }
            let dictionary = try ValueDictionary(
                page.bytes, count: page.count, type: column.field.type, physical: column.physical,
                typeLength: column.typeLength)
            var runs = RunBuilder(dictionaryCount: dictionary.count)
            while let page = try pages.next() {
                guard page.encoding == 2 || page.encoding == 8 else { return nil }
                if column.maximumDefinition > 0, try Self.hasNulls(page) { return nil }
                try runs.append(page)
            }
            guard runs.rows == rowGroups[rowGroup].rowCount else {
                throw ParquetDamage("has \(runs.rows) rows where the footer says otherwise; the file is damaged")
            }
            return DictionaryRuns(dictionary: dictionary.values, indices: runs.indices, lengths: runs.lengths)
        } catch {
            throw DataError("the column \(error.reason)", file: path, column: column.name)
        }
    }

    private static func hasNulls(_ page: DataPage) throws(ParquetDamage) -> Bool {
        var validity = ValidityBuilder()
        return try validity.append(page.definition.bytes, count: page.valueCount, maximum: 1) < page.valueCount
    }
}

private struct RunBuilder {
    let dictionaryCount: Int
    private(set) var indices: [Int32] = []
    private(set) var lengths: [Int32] = []
    private(set) var rows = 0

    init(dictionaryCount: Int) { self.dictionaryCount = dictionaryCount }

    mutating func append(_ page: DataPage) throws(ParquetDamage) {
        guard page.values.count >= 1 || page.valueCount == 0 else {
            throw ParquetDamage("has an empty page of indices; the file is damaged")
        }
        guard page.valueCount > 0 else { return }
        do throws(RunLengthDecoder.Failure) {
            let bytes = UnsafeRawBufferPointer(rebasing: page.values.bytes[1...])
            var decoder = try RunLengthDecoder(bytes, bitWidth: Int(page.values.bytes[0]), count: page.valueCount)
            var scratch: [UInt32] = []
            while let run = try decoder.next() {
                switch run {
                case .repeated(let value, let count): try append(value, count)
                case .packed(let start, let count):
                    scratch = [UInt32](repeating: 0, count: count)
                    scratch.withUnsafeMutableBufferPointer { output in
                        if let base = output.baseAddress { decoder.unpack(start: start, count: count, to: base) }
                    }
                    for value in scratch { try append(value, 1) }
                }
            }
        } catch {
            throw ParquetDamage("has dictionary indices that lead nowhere; the file is damaged")
        }
    }

    private mutating func append(_ value: UInt32, _ count: Int) throws(RunLengthDecoder.Failure) {
        guard value < dictionaryCount else { throw RunLengthDecoder.Failure() }
        rows += count
        if indices.last == Int32(value) {
            lengths[lengths.count - 1] += Int32(count)
        } else {
            indices.append(Int32(value))
            lengths.append(Int32(count))
        }
    }
}
