/// Encodes the values of a chunk's pages, all in one encoding that suits the data.
struct ValueEncoder {
    let encoding: PageEncoding
    private let values: Column
    private let dictionary: DictionaryBuilder?

    /// - Parameters:
    ///   - values: the chunk's, without nulls.
    ///   - isCompressed: whether a codec packs the pages; where none does, plain values are worth more, since they are read
    ///     as they lie in the file.
    init(
        _ values: Column, _ dictionary: DictionaryBuilder?, _ wish: ParquetWriterOptions.Encoding, isCompressed: Bool
    ) {
        self.values = values
        self.dictionary = dictionary
        if dictionary != nil {
            encoding = .dictionary
        } else {
            switch wish {
            case .byteStreamSplit where values.type.physicalWidth != nil: encoding = .byteStreamSplit
            case .deltaBinaryPacked where values.type.isStoredAsInteger: encoding = .deltaBinaryPacked
            case .automatic where isCompressed && Self.differencesPay(for: values): encoding = .deltaBinaryPacked
            default: encoding = .plain
            }
        }
    }

    /// The bytes of a page that holds the values `range` of the chunk.
    func encode(_ range: Range<Int>) -> Buffer {
        if let dictionary { return dictionary.indexBytes(range) }
        let plain = PlainEncoder.encode(range.count == values.count ? values : values.slice(range))
        switch encoding {
        case .byteStreamSplit: return ByteStreamSplitEncoder.encode(plain, width: values.type.physicalWidth ?? 1)
        case .deltaBinaryPacked:
            return withExtendedLifetime(plain) {
                SchemaNode.physicalType(of: values.type) == .int32
                    ? DeltaBinaryPackedEncoder.encode(plain.elements(as: Int32.self))
                    : DeltaBinaryPackedEncoder.encode(plain.elements(as: Int64.self))
            }
        default: return plain
        }
    }

    /// Whether `codec` makes pages smaller by a tenth at least, by a sample. What has a dictionary is small as it is.
    func isWorthPacking(with codec: Codec) -> Bool {
        guard codec != .none, dictionary == nil, values.count > Self.sampleSize else { return codec != .none }
        let start = (values.count - Self.sampleSize) / 2
        let sample = encode(start..<start + Self.sampleSize)
        let packed = MutableBuffer()
        withExtendedLifetime(sample) { codec.compress(sample.bytes, to: packed) }
        return packed.count * 10 <= sample.count * 9
    }

    private static let sampleSize = 4096

    /// Whether differences of neighbours take clearly less room than the values, by a sample.
    private static func differencesPay(for values: Column) -> Bool {
        switch values.type {
        case .int32, .date32:
            DeltaBinaryPackedEncoder.estimatedBits(
                UnsafeBufferPointer(rebasing: values.elements(as: Int32.self).prefix(values.count)))
                <= 20
        case .int64, .timestamp, .time(.microseconds), .time(.nanoseconds):
            DeltaBinaryPackedEncoder.estimatedBits(
                UnsafeBufferPointer(rebasing: values.elements(as: Int64.self).prefix(values.count)))
                <= 40
        default: false
        }
    }
}

extension DataType {
    fileprivate var isStoredAsInteger: Bool {
        let physical = SchemaNode.physicalType(of: self)
        return physical == .int32 || physical == .int64
    }

    /// Bytes of a stored number; nil for what is kept as bytes, half floats and long decimals among it: DuckDB and Polars do
    /// not read those where they are split.
    fileprivate var physicalWidth: Int? {
        SchemaNode.physicalType(of: self).byteWidth
    }
}
