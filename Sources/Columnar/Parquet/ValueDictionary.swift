/// The values of a dictionary page, decoded.
struct ValueDictionary {
    let values: Column
    var count: Int { values.count }

    /// - Parameter bytes: the page's values in PLAIN encoding.
    init(
        _ bytes: Buffer, count: Int, type: DataType, physical: PhysicalType, typeLength: Int
    ) throws(ParquetDamage) {
        guard type != .bool else { throw ParquetDamage("has a dictionary of booleans") }
        var sink = ValueSink(type, physical: physical, typeLength: typeLength)
        try sink.appendPlain(bytes, count: count)
        values = sink.finish(validity: nil)
    }
}
