import CYAML

/// Reads one YAML document as a tree of nodes; the only place that knows libyaml.
///
/// The part of YAML 1.1 that declarations need: anchors, aliases, tags and a second document are refused by name,
/// so that what is read is what stands there, and no small text can grow into a large tree.
struct YAMLParser: ~Copyable {
    /// A mistake in the text, in words of its author rather than of a parser.
    struct Mistake: Error, Hashable, Sendable {
        var position: TextPosition
        var message: String
    }

    /// What a text holds: its root, nil if it is empty or cannot be read, and all that is wrong with it.
    struct Result {
        var root: YAMLNode?
        var mistakes: [Mistake]
    }

    /// The longest text that is read, in bytes.
    static let maximumByteCount = 4 << 20
    /// How deep lists and maps may stand within each other.
    static let maximumDepth = 32

    /// Reads `text` as UTF-8; a duplicate key is reported and reading goes on, any other mistake ends it.
    static func parse(_ text: some Sequence<UInt8>) -> Result {
        let bytes = Array(text.prefix(maximumByteCount + 1))
        guard bytes.count <= maximumByteCount else {
            let limit = "the file is larger than \(maximumByteCount >> 20) MiB: split it"
            return Result(mistakes: [Mistake(position: TextPosition(line: 1, column: 1), message: limit)])
        }
        guard !bytes.isEmpty else { return Result(mistakes: []) }
        return bytes.withUnsafeBufferPointer { bytes in
            var parser = YAMLParser(bytes)
            do throws(Mistake) {
                let root = try parser.parseDocument()
                return Result(root: root, mistakes: parser.duplicates)
            } catch {
                return Result(mistakes: parser.duplicates + [error])
            }
        }
    }

    // Invariant: `parser` is initialized from init to deinit, and `bytes` outlives it (see `parse`).
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: UnsafeBufferPointer<UInt8>
    private var duplicates: [Mistake] = []

    private init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        parser = .allocate(capacity: 1)
        let initialized = yaml_parser_initialize(parser)
        precondition(initialized == 1, "out of memory")
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    private mutating func parseDocument() throws(Mistake) -> YAMLNode? {
        while true {
            switch try nextEvent() {
            case .other: continue
            case .streamEnd: return nil
            case .start(let node):
                let root = try parseNode(startingWith: node, depth: 0)
                try expectNothingMore()
                return root.isNull ? nil : root
            case .end, .documentStart: continue
            }
        }
    }

    private func expectNothingMore() throws(Mistake) {
        while true {
            switch try nextEvent() {
            case .streamEnd: return
            case .documentStart(let position):
                throw Mistake(
                    position: position, message: "a second document begins here: put it into a file of its own")
            case .other, .start, .end: continue
            }
        }
    }

    private mutating func parseNode(startingWith start: YAMLNode, depth: Int) throws(Mistake) -> YAMLNode {
        guard depth <= Self.maximumDepth else {
            throw Mistake(
                position: start.position,
                message: "lists and maps stand more than \(Self.maximumDepth) levels deep here")
        }
        var node = start
        switch start.content {
        case .scalar: break
        case .sequence:
            var items: [YAMLNode] = []
            while let item = try nextNode() {
                items.append(try parseNode(startingWith: item, depth: depth + 1))
            }
            node.content = .sequence(items)
        case .mapping:
            node.content = .mapping(try parseEntries(depth: depth + 1))
        }
        return node
    }

    private mutating func parseEntries(depth: Int) throws(Mistake) -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var lines: [String: Int] = [:]
        while let keyNode = try nextNode() {
            guard case .scalar(let key, _) = keyNode.content else {
                throw Mistake(position: keyNode.position, message: "a key must be a word, not \(keyNode.kind)")
            }
            guard let start = try nextNode() else { break }
            let value = try parseNode(startingWith: start, depth: depth)
            if let line = lines[key] {
                duplicates.append(
                    Mistake(
                        position: keyNode.position,
                        message: "'\(key.shortened)' stands twice in this map (first in line \(line))"))
            } else {
                lines[key] = keyNode.position.line
                entries.append(YAMLNode.Entry(key: key, keyPosition: keyNode.position, value: value))
            }
        }
        return entries
    }

    /// The beginning of the next node, or nil at the end of the list or map around it.
    private func nextNode() throws(Mistake) -> YAMLNode? {
        while true {
            switch try nextEvent() {
            case .start(let node): return node
            case .end, .streamEnd: return nil
            case .other, .documentStart: continue
            }
        }
    }
}

// MARK: - Events

extension YAMLParser {
    private enum Event {
        /// A whole scalar, or a list or map without what is in it.
        case start(YAMLNode)
        case end
        case documentStart(TextPosition)
        case streamEnd
        case other
    }

    private func nextEvent() throws(Mistake) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw mistake() }
        defer { yaml_event_delete(&event) }
        let position = TextPosition(event.start_mark)
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            try refuse(anchor: scalar.anchor, tag: scalar.tag, at: position)
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
            return .start(YAMLNode(content: .scalar(text, isPlain: isPlain), position: position))
        case YAML_SEQUENCE_START_EVENT:
            try refuse(anchor: event.data.sequence_start.anchor, tag: event.data.sequence_start.tag, at: position)
            return .start(YAMLNode(content: .sequence([]), position: position))
        case YAML_MAPPING_START_EVENT:
            try refuse(anchor: event.data.mapping_start.anchor, tag: event.data.mapping_start.tag, at: position)
            return .start(YAMLNode(content: .mapping([]), position: position))
        case YAML_ALIAS_EVENT:
            throw Mistake(
                position: position,
                message: "aliases ('*name') are not read here: write the value out, or put a text that begins with '*' "
                    + "into quotes")
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return .end
        case YAML_DOCUMENT_START_EVENT: return .documentStart(position)
        case YAML_STREAM_END_EVENT: return .streamEnd
        default: return .other
        }
    }

    private func refuse(
        anchor: UnsafeMutablePointer<UInt8>?, tag: UnsafeMutablePointer<UInt8>?, at position: TextPosition
    ) throws(Mistake) {
        if anchor != nil {
            throw Mistake(position: position, message: "anchors ('&name') are not read here: write the value out")
        }
        if tag != nil {
            throw Mistake(
                position: position,
                message: "tags ('!name') are not read here: remove it, or put a text that begins with '!' into quotes")
        }
    }

    /// The error that libyaml stopped at, retold.
    private func mistake() -> Mistake {
        let failure = parser.pointee
        let problem = failure.problem.map { String(cString: $0) } ?? ""
        if failure.error == YAML_READER_ERROR {
            return Mistake(
                position: position(ofByte: failure.problem_offset),
                message: problem == "control characters are not allowed"
                    ? "a control character stands here: remove it" : "the file is not UTF-8 text")
        }
        // An unclosed quote or bracket is best shown where it was opened.
        let context = failure.context.map { String(cString: $0) } ?? ""
        let told = YAMLComplaint(
            problem: problem, context: context, character: character(at: TextPosition(failure.problem_mark)))
        let mark = told.isAboutBeginning ? failure.context_mark : failure.problem_mark
        return Mistake(position: TextPosition(mark), message: told.message)
    }

    private func character(at position: TextPosition) -> Character? {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard position.line <= lines.count else { return nil }
        let line = String(decoding: lines[position.line - 1], as: UTF8.self).unicodeScalars
        return line.dropFirst(position.column - 1).first.map(Character.init)
    }

    private func position(ofByte offset: Int) -> TextPosition {
        let before = bytes.prefix(max(0, offset))
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        return TextPosition(line: line, column: String(decoding: before[lineStart...], as: UTF8.self).count + 1)
    }
}

extension TextPosition {
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1)
    }
}
