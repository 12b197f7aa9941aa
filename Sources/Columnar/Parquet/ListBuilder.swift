/// Turns the repetition and definition levels of a list column into offsets and validity (Dremel, Melnik 2010, §4.1).
struct ListBuilder {
    private let column: ParquetColumn
    private let offsets = MutableBuffer()
    var elementValidity = ValidityBuilder()
    /// Rows so far.
    private(set) var count = 0
    private var elements = 0

    init(_ column: ParquetColumn) {
        self.column = column
        offsets.append(Int64(0))
    }

    /// Reads a page's levels; returns how many values the page holds, and where among its elements they are if some are
    /// null.
    mutating func append(
        _ page: DataPage, validity: inout ValidityBuilder
    ) throws(ParquetDamage) -> (valid: Int, validity: Bitmap?) {
        let repetition = try Self.levels(page.repetition, maximum: 1, count: page.valueCount)
        let definition = try Self.levels(page.definition, maximum: column.maximumDefinition, count: page.valueCount)
        var valid = 0
        let firstElement = elementValidity.count
        for i in 0..<page.valueCount {
            let level = Int(definition[i])
            if repetition[i] == 0 {
                closeRow()
                count += 1
                validity.append(repeating: level >= column.listDefinition, count: 1)
            } else if count == 0 {
                throw ParquetDamage("begins in the middle of a list; the file is damaged")
            }
            guard level >= column.elementDefinition else { continue }
            elements += 1
            let isValid = level == column.maximumDefinition
            elementValidity.append(repeating: isValid, count: 1)
            if isValid { valid += 1 }
        }
        let added = elementValidity.count - firstElement
        return (valid, valid == added ? nil : elementValidity.bits(firstElement..<elementValidity.count))
    }

    /// Notes where the row that is open, if any, ends.
    private func closeRow() {
        if count > 0 { offsets.append(Int64(elements)) }
    }

    mutating func finishOffsets() -> Buffer {
        closeRow()
        return offsets.freeze()
    }

    private static func levels(_ bytes: Buffer, maximum: Int, count: Int) throws(ParquetDamage) -> [UInt32] {
        var levels = [UInt32](repeating: 0, count: count)
        guard maximum > 0 else { return levels }
        let width = 64 - UInt64(maximum).leadingZeroBitCount
        do throws(RunLengthDecoder.Failure) {
            try levels.withUnsafeMutableBufferPointer { (output) throws(RunLengthDecoder.Failure) in
                if let base = output.baseAddress {
                    try RunLengthDecoder.decode(bytes.bytes, bitWidth: width, count: count, to: base)
                }
            }
        } catch {
            throw ParquetDamage("has unreadable levels; the file is damaged")
        }
        return levels
    }
}
