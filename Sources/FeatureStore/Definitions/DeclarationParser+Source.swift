extension DeclarationParser {
    func parseSource(_ name: Located<String>, _ node: YAMLNode) -> Declaration<Source> {
        var source = Declaration(model: Source(name: name.value, path: "", timestamp: nil), place: name.place)
        source.isSound = isSound {
            check(name: name, of: "a source")
            guard
                let map = YAMLMap(
                    node, at: name.place, subject: "source '\(name.value.shortened)'",
                    keys: ["path", "timestamp", "valid_from", "valid_to", "created", "field_mapping", "columns"]
                        + Self.commonKeys,
                    log: log)
            else { return }
            source.keyPlaces = map.keyPlaces
            source.model.description = map.text("description")?.value
            source.model.owner = map.text("owner")?.value
            source.model.tags = tags(of: map)
            parseTimes(of: map, into: &source.model)
            source.model.created = columnName("created", of: map)
            source.model.fieldMapping = fieldMapping(of: map)
            source.model.columns = columns(of: map)
            if let path = map.requiredText("path", example: "path: data/drivers/*.parquet") {
                check(path: path)
                source.model.path = path.value
            }
            if let created = map.node("created"), map.node("timestamp") == nil, map.node("valid_from") == nil {
                log.report(
                    "a source with 'created' needs 'timestamp' too: when did the row happen, before it became known?",
                    at: created.place)
            }
        }
        return source
    }

    /// Either `timestamp`, or the two ends of a slowly changing row; the first of them is its event time.
    private func parseTimes(of map: YAMLMap, into source: inout Source) {
        source.timestamp = columnName("timestamp", of: map)
        let from = columnName("valid_from", of: map)
        source.validTo = columnName("valid_to", of: map)
        if let place = map.node("valid_from")?.place, source.timestamp != nil {
            log.report("'valid_from' is the time of the row's event: leave 'timestamp' out", at: place)
        } else if let place = map.node("valid_from")?.place, map.node("valid_to") == nil {
            log.report(
                "'valid_from' needs 'valid_to'; where a row holds until the next one, write just 'timestamp'", at: place
            )
        } else if let place = map.node("valid_to")?.place, map.node("valid_from") == nil {
            log.report("'valid_to' needs 'valid_from': since when does a row hold?", at: place)
        }
        source.timestamp = source.timestamp ?? from
    }

    private func columnName(_ key: String, of map: YAMLMap) -> String? {
        guard let text = map.text(key) else { return nil }
        guard !text.value.isEmpty else {
            log.report("'\(key)' must name a column", at: text.place)
            return nil
        }
        return text.value
    }

    private func check(path: Located<String>) {
        let extensions = [".parquet", ".csv", ".csv.gz"]
        guard !extensions.contains(where: path.value.lowercased().hasSuffix) else { return }
        log.report(
            "'path' must end in .parquet, .csv or .csv.gz, e.g. data/drivers/*.parquet, not '\(path.value.shortened)'",
            at: path.place)
    }

    /// The columns that expressions read, with their types.
    private func columns(of map: YAMLMap) -> [String: FeatureType] {
        var columns: [String: FeatureType] = [:]
        for (name, typeName) in map.texts("columns") { columns[name.value] = type(typeName) }
        return columns
    }

    /// File column -> name; two columns cannot have one name.
    private func fieldMapping(of map: YAMLMap) -> [String: String] {
        var mapping: [String: String] = [:]
        var columns: [String: String] = [:]
        for (column, name) in map.texts("field_mapping") {
            if name.value.isEmpty {
                log.report("'\(column.value.shortened)' is mapped to nothing: write its new name", at: column.place)
            } else if let other = columns[name.value] {
                log.report(
                    "'\(name.value.shortened)' is already the name of column '\(other.shortened)'", at: name.place)
            } else {
                columns[name.value] = column.value
                mapping[column.value] = name.value
            }
        }
        return mapping
    }
}
