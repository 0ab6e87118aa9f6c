import { qdrantContract } from '../qdrant/contract.ts';
import { startQdrantEdge } from '../services/qdrant.ts';

qdrantContract('qdrant-edge', await startQdrantEdge());
